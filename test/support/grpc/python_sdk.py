"""What the Python SDK emits over gRPC: `python_sdk.py ENDPOINT none|gzip [CA_FILE]`.

Prints "exported" when each exporter has flushed.
"""

import sys

import grpc
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

FLUSH_MS_MAX = 20_000

endpoint, compression, *ca = sys.argv[1:]
options = {
    "endpoint": endpoint,
    "compression": grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression,
    "headers": {"x-tenant": "py"},
    "insecure": not ca,
}
if ca:
    with open(ca[0], "rb") as file:
        options["credentials"] = grpc.ssl_channel_credentials(file.read())

logs = LoggerProvider()
logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(**options)))
logger = logs.get_logger("e2e")
logger.emit(severity_number=SeverityNumber.DEBUG, severity_text="DEBUG", body="cache miss")
logger.emit(severity_number=SeverityNumber.ERROR, severity_text="ERROR", body="login of ann.lee@example.com failed")

metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(**options), 3_600_000)])
meter = metrics.get_meter("e2e")
meter.create_counter("debug.cache").add(1)
meter.create_histogram("http.duration").record(12.5)

spans = TracerProvider()
spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**options)))
for name in ("GET /healthz", "GET /orders"):
    with spans.get_tracer("e2e").start_as_current_span(name):
        pass

for provider in (logs, metrics, spans):
    if not provider.force_flush(FLUSH_MS_MAX):
        sys.exit(f"{type(provider).__name__} did not flush")
    provider.shutdown()
print("exported")
