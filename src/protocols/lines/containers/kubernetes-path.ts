// Reads from the path of a log file which container wrote it, in the names of OpenTelemetry's
// semantic conventions. Source: Kubernetes, "Logging architecture" and the kubelet's folders.

/** `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTARTS.log`, wherever that is mounted. */
const POD_FILE = /(?:^|\/)pods\/([^/_]+)_([^/_]+)_([^/]+)\/([^/]+)\/(\d+)\.log[^/]*$/;
/** `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`, a link to the former. */
const CONTAINER_FILE = /(?:^|\/)containers\/([^/_]+)_([^/_]+)_([^/]+)-([0-9a-f]{64})\.log[^/]*$/;

/** Attributes by their names; none for other paths. */
export function kubernetesAttributes(path: string): ReadonlyMap<string, string> {
  const pod = POD_FILE.exec(path);
  if (pod !== null) {
    const [, namespace = "", name = "", uid = "", container = "", restarts = ""] = pod;
    return new Map([
      ["k8s.namespace.name", namespace],
      ["k8s.pod.name", name],
      ["k8s.pod.uid", uid],
      ["k8s.container.name", container],
      ["k8s.container.restart_count", restarts],
    ]);
  }
  const link = CONTAINER_FILE.exec(path);
  if (link === null) return new Map();
  const [, name = "", namespace = "", container = "", id = ""] = link;
  return new Map([
    ["k8s.namespace.name", namespace],
    ["k8s.pod.name", name],
    ["k8s.container.name", container],
    ["container.id", id],
  ]);
}
