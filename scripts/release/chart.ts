// Checks of the chart and of the plain manifests, which are rendered from it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, output, tool } from "./tools.ts";

const KUBERNETES = "1.31.0";
const POLICY = {
  id: "drop-debug-logs",
  name: "Drop debug and trace logs",
  log: { match: [{ log_field: "severity_text", regex: "^(DEBUG|TRACE)$" }], keep: "none" },
};
const POLICIES = `policies=${JSON.stringify([POLICY])}`;
/** Values that show every branch of the templates. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  deployment: [],
  daemonset: ["--set", "mode=daemonset,distribution=datadog,ports.grpc=4317"],
  sidecar: ["--set", "mode=sidecar", "--set-json", POLICIES],
  everything: [
    "--set",
    "autoscaling.enabled=true,networkPolicy.enabled=true,serviceMonitor.enabled=true",
    "--set",
    "controlPlane.url=https://sync.example.com/v1/policy/sync,controlPlane.apiKey=k,ports.grpc=4317",
    "--set-json",
    POLICIES,
    "--set-json",
    'networkPolicy.to=[{"ipBlock":{"cidr":"10.0.0.0/8"}}]',
    "--set",
    "sharedLimits.url=rediss://redis:6379/0,sharedLimits.existingSecret=redis,preStopSleepSeconds=5",
    "--set",
    "config.tls.cert_file=/c.pem,config.tls.key_file=/k.pem,image.tag=1.2.3,priorityClassName=high",
    "--set-json",
    'tolerations=[{"operator":"Exists"}]',
  ],
  "secret of another": ["--set", "controlPlane.url=http://a,controlPlane.existingSecret=other"],
};
/** Values that the schema must refuse. */
const WRONG = [
  "mode=lambda",
  "imag.tag=1",
  "ports.http=0",
  "image.digest=sha256:1",
  "replicas=-1",
  "sharedLimits.url=http://redis",
];
/** The plain manifests that are rendered, and the values of each. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  "gateway.yaml": ["--set-json", POLICIES, "--set", "autoscaling.enabled=true"],
  "node.yaml": ["--set", "mode=daemonset", "--set-json", POLICIES],
};

export const CHART_CHECKS: readonly Check[] = [
  { name: "chart: helm lint", run: lint },
  { name: "chart: templates against the schemas of Kubernetes", run: validate },
  { name: "chart: wrong values are refused", run: refuse },
  { name: "plain manifests are the chart's", run: comparePlain },
  { name: "plain manifests against the schemas of Kubernetes", run: validatePlain },
];

const chartOf = (root: string): string => join(root, "deploy/helm/edge");

function lint({ root }: { root: string }): string {
  const helm = tool("helm");
  for (const values of Object.values(VARIANTS)) {
    output([helm, "lint", "--strict", chartOf(root), ...values]);
  }
  return `${Object.keys(VARIANTS).length} sets of values`;
}

function render(root: string, values: readonly string[]): string {
  const command = [tool("helm"), "template", "edge", chartOf(root), "--namespace", "telemetry"];
  return output([...command, "--kube-version", KUBERNETES, ...values]);
}

function validate({ root, folder }: { root: string; folder: string }): string {
  const validator = tool("kubernetes-validate");
  for (const [name, values] of Object.entries(VARIANTS)) {
    const path = join(folder, `${name.replaceAll(" ", "-")}.yaml`);
    // Of others' kinds there is no schema.
    const documents = render(root, values).split(/^---$/m);
    writeFileSync(
      path,
      documents.filter((one) => !/^kind: ServiceMonitor$/m.test(one)).join("---"),
    );
    output([validator, "--strict", "--kubernetes-version", KUBERNETES, path]);
  }
  return `Kubernetes ${KUBERNETES}; the ServiceMonitor has no schema here`;
}

function refuse({ root }: { root: string }): string {
  const helm = tool("helm");
  for (const value of WRONG) {
    const ran = Bun.spawnSync([helm, "template", "edge", chartOf(root), "--set", value]);
    if (ran.success) throw new Error(`--set ${value} was taken`);
    const said = ran.stderr.toString();
    if (!said.includes("values don't meet the specifications")) throw new Error(said);
  }
  return WRONG.join(", ");
}

interface Place {
  readonly root: string;
  readonly isWriting: boolean;
}

function comparePlain({ root, isWriting }: Place): string {
  for (const [file, values] of Object.entries(PLAIN)) {
    const path = join(root, "deploy/kubernetes", file);
    const head = `# Rendered from deploy/helm/edge by \`bun run release:check --write\`; edit the chart.\n`;
    const text = `${head}${render(root, values)}`
      .replaceAll(/^# Source: .*\n/gm, "")
      .replaceAll(/^ *(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm, "");
    if (isWriting) {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, text);
    } else if (readFileSync(path, "utf8") !== text) {
      throw new Error(`${file} differs; run: bun run release:check --write`);
    }
  }
  return Object.keys(PLAIN).join(", ");
}

function validatePlain({ root }: { root: string }): string {
  const validator = tool("kubernetes-validate");
  const files = [...Object.keys(PLAIN), "sidecar.yaml"];
  for (const file of files) {
    const path = join(root, "deploy/kubernetes", file);
    output([validator, "--strict", "--kubernetes-version", KUBERNETES, path]);
  }
  return files.join(", ");
}
