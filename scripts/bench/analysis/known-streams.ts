// Lines of logs whose templates are known: written from templates that others published of real
// systems (HDFS and OpenSSH, as Loghub lists them: He, He, Zhu and Lyu, 2020), and from made-up
// ones. The same each time.

export interface KnownLine {
  readonly text: string;
  /** Which template it is of. */
  readonly template: string;
}

type Random = () => number;

/** Numbers from 0 up to 1. */
function numbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const whole = (random: Random, max: number): number => Math.floor(random() * max);
const pick = <T>(random: Random, list: readonly T[]): T => list[whole(random, list.length)] as T;
const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => whole(random, 16).toString(16)).join("");

const USERS =
  `root admin oracle guest test ubuntu postgres git nagios alice bob carol dave erin frank
  grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent victor walter`.split(/\s+/);

/** What may stand in a template. */
const VALUES: Readonly<Record<string, (random: Random) => string>> = {
  ip: (r) => `10.${whole(r, 256)}.${whole(r, 256)}.${whole(r, 256)}`,
  addr: (r) => `/10.${whole(r, 256)}.${whole(r, 256)}.${whole(r, 256)}:${whole(r, 65_536)}`,
  blk: (r) => `blk_${r() < 0.5 ? "-" : ""}${whole(r, 1e9)}${whole(r, 1e9)}`,
  n: (r) => String(whole(r, 1_000_000)),
  path: (r) =>
    `/user/root/rand/_temporary/_task_${hex(r, 8)}_m_${whole(r, 1000)}/part-${whole(r, 1000)}`,
  user: (r) => pick(r, USERS),
  host: (r) => `host${whole(r, 500)}.example.net`,
  hex: (r) => hex(r, 16),
  uuid: (r) => `${hex(r, 8)}-${hex(r, 4)}-4${hex(r, 3)}-a${hex(r, 3)}-${hex(r, 12)}`,
  ms: (r) => `${whole(r, 5000)}ms`,
  mail: (r) => `${pick(r, USERS)}@example.com`,
  str: (r) => `"${pick(r, USERS)} and ${pick(r, USERS)}"`,
};

/** Share and template; `{ip}` and the like are values. */
type Weighted = readonly (readonly [weight: number, template: string])[];

export const HDFS: Weighted = [
  [2900, "BLOCK* NameSystem.addStoredBlock: blockMap updated: {addr} is added to {blk} size {n}"],
  [2900, "Receiving block {blk} src: {addr} dest: {addr}"],
  [2900, "PacketResponder {n} for block {blk} terminating"],
  [2900, "Received block {blk} of size {n} from {addr}"],
  [1000, "Deleting block {blk} file /mnt/hadoop/dfs/data/current/{blk}"],
  [990, "BLOCK* NameSystem.delete: {blk} is added to invalidSet of {addr}"],
  [980, "BLOCK* NameSystem.allocateBlock: {path} {blk}"],
  [240, "Verification succeeded for {blk}"],
  [230, "{addr} Served block {blk} to {addr}"],
  [225, "{addr} Got exception while serving {blk} to {addr}"],
  [60, "Received block {blk} src: {addr} dest: {addr} of size {n}"],
  [50, "{addr} Starting thread to transfer block {blk} to {addr}"],
  [45, "BLOCK* ask {addr} to replicate {blk} to datanode(s) {addr}"],
  [40, "{addr}:Transmitted block {blk} to {addr}"],
  [30, "Unexpected error trying to delete block {blk} BlockInfo not found in volumeMap"],
  [
    20,
    "BLOCK* NameSystem.addStoredBlock: Redundant addStoredBlock request received for {blk} on {addr} size {n}",
  ],
  [20, "Changing block file offset of block {blk} from {n} to {n} meta file offset to {n}"],
  [15, "Adding an already existing block {blk}"],
  [10, "PendingReplicationMonitor timed out block {blk}"],
  [5, "Exception in receiveBlock for block {blk} java.io.IOException: Connection reset by peer"],
];

export const OPENSSH: Weighted = [
  [4000, "Failed password for root from {ip} port {n} ssh2"],
  [
    2500,
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip} user=root",
  ],
  [2400, "Received disconnect from {ip}: 11: Bye Bye [preauth]"],
  [1200, "Invalid user {user} from {ip}"],
  [1200, "input_userauth_request: invalid user {user} [preauth]"],
  [1150, "Failed password for invalid user {user} from {ip} port {n} ssh2"],
  [1100, "pam_unix(sshd:auth): check pass; user unknown"],
  [
    900,
    "reverse mapping checking getaddrinfo for {host} [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!",
  ],
  [700, "Connection closed by {ip} [preauth]"],
  [
    300,
    "PAM {n} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip} user=root",
  ],
  [250, "Disconnecting: Too many authentication failures for {user} [preauth]"],
  [200, "Did not receive identification string from {ip}"],
  [150, "PAM service(sshd) ignoring max retries; {n} > {n}"],
  [120, "message repeated {n} times: [ Failed password for root from {ip} port {n} ssh2]"],
  [80, "fatal: Read from socket failed: Connection reset by peer [preauth]"],
  [60, "Accepted password for {user} from {ip} port {n} ssh2"],
  [60, "pam_unix(sshd:session): session opened for user {user} by (uid=0)"],
  [60, "pam_unix(sshd:session): session closed for user {user}"],
  [
    30,
    "error: Received disconnect from {ip}: 3: com.jcraft.jsch.JSchException: Auth fail [preauth]",
  ],
  [20, "Server listening on {ip} port {n}."],
];

const WORDS =
  `accept account adapter agent alarm batch bearing billing branch bucket buffer build cache
  call cart catalog chain change channel check claim client clock cluster column commit
  config connect consume copy core counter create cursor cycle data dead decode delay delete
  deliver deploy device disk domain drain driver drop edge emit empty encode engine entry
  error event evict expire export fetch field file filter finish flush folder frame gateway
  grant graph group handler hash header heap hook host image import index input insert job
  join journal keep lag lane lease ledger level limit link list load lock lookup loop map
  marker match member merge message meter migrate mirror module monitor mount move node
  notify object offer offset open order output owner packet page parse part patch path peer
  pending pipe plan policy poll pool port post primary probe process profile publish pull
  purge push query queue quota raft range rate read rebuild record recover reduce refresh
  region register reject release reload remote remove render repair replay replica reply
  report request reserve resize resolve restore result resume retry return revoke role
  rotate route row rule run sample save scan schedule schema scope scrub search seek select
  send serve session settle shard ship shutdown signal slot snapshot socket sort source
  split spool stage stale start state status step stop store stream submit subscribe swap
  sweep switch sync table tag task tenant thread tick timer token topic trace track transfer
  trigger trim tunnel update upgrade upload usage validate verify version view visit volume
  wait wake watch window worker write yield zone`.split(/\s+/);

/** Made-up templates, with shares as of Zipf's law. */
export function madeUp(templates: number, seed: number): Weighted {
  const random = numbers(seed);
  const kinds = Object.keys(VALUES);
  const made = new Set<string>();
  while (made.size < templates) {
    const length = 3 + whole(random, 10);
    const words = Array.from({ length }, (_, i) =>
      i > 0 && random() < 0.25 ? `{${pick(random, kinds)}}` : pick(random, WORDS),
    );
    made.add(words.join(" "));
  }
  return [...made].map((template, i) => [10_000 / (i + 1), template]);
}

/** So many lines. */
export function* linesOf(weighted: Weighted, lines: number, seed: number): Generator<KnownLine> {
  const random = numbers(seed);
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
  for (let i = 0; i < lines; i++) {
    let at = random() * total;
    const [, template] = weighted.find(([weight]) => (at -= weight) < 0) ?? [0, ""];
    const text = template.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name]?.(random) ?? "");
    yield { text, template };
  }
}
