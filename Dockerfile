# Images that hold one executable, the loader and the C library, authorities for TLS and a configuration,
# and nothing else.
#   docker build -t edge .
#   docker build -t edge-otlp --build-arg DISTRIBUTION=otlp .
#   docker buildx build --platform linux/amd64,linux/arm64 -t edge-tail --build-arg DISTRIBUTION=edge-tail .
#   docker run -p 8080:8080 -v ./config.json:/app/config.json -v ./examples:/app/examples edge
# DISTRIBUTION is edge, datadog, otlp, prometheus or tail, with or without edge- in front. docs/operating.md says
# which port each has.
ARG DISTRIBUTION=edge

# Only its files are used: nothing of it runs, so that images for other processors need no emulation.
FROM debian:bookworm-slim AS libraries

FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
WORKDIR /source
COPY package.json bun.lock bunfig.toml ./
RUN npx -y bun@1.4.5 install --frozen-lockfile
COPY . .
COPY --from=libraries /usr/lib /libraries/usr/lib
ARG DISTRIBUTION
ARG TARGETARCH
# There is no git here.
ARG VERSION=""
ARG COMMIT=""
RUN EDGE_BUILD_VERSION="$VERSION" EDGE_BUILD_COMMIT="$COMMIT" \
  npx bun scripts/rootfs.ts "$DISTRIBUTION" /image --arch="$TARGETARCH" --libraries=/libraries

FROM scratch AS image
COPY --from=build /image/ /
USER 65534:65534
WORKDIR /app
ENV EDGE_CONFIG=/app/config.json
ENV NODE_USE_SYSTEM_CA=1
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s CMD ["/edge", "health"]
ENTRYPOINT ["/edge"]

# Inside a container, loopback is nobody's address.
FROM image AS image-edge
ENV TERO_LISTEN_ADDRESS=0.0.0.0
EXPOSE 8080 4317 4318

FROM image AS image-tail
ENV TERO_METRICS_LISTEN=0.0.0.0:8080
EXPOSE 8080

FROM image-edge AS image-datadog
FROM image-edge AS image-otlp
FROM image-edge AS image-prometheus
FROM image-edge AS image-edge-datadog
FROM image-edge AS image-edge-otlp
FROM image-edge AS image-edge-prometheus
FROM image-tail AS image-edge-tail

FROM image-${DISTRIBUTION}
