// How much of a program's code is resident. Linux only.

import { readFileSync } from "node:fs";

/** Of what is mapped from the file whose path ends so. */
export function residentCodeKb(process: number | "self", path: string): number {
  const maps = readFileSync(`/proc/${process}/smaps`, "latin1").split(/\n(?=[0-9a-f]+-)/);
  const own = maps.filter((map) => /^\S+ r-xp /.test(map) && map.split("\n")[0]?.endsWith(path));
  return own.reduce((sum, map) => sum + Number(/^Rss: +(\d+)/m.exec(map)?.[1]), 0);
}
