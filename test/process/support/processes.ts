/** What the operating system says about running processes; a dead one that nobody has collected yet counts as gone. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/** Everything that still runs of what was started as this process group. */
export const processesOfGroup = (group: number): Process[] =>
  runningProcesses().filter((process) => process.group === group);

/** The runtimes that have this state folder open; the shell that waits to become one does not count. */
export const runtimesOn = (stateFolder: string): Process[] =>
  runningProcesses().filter(
    ({ command }) => /^\S*workerd\b/.test(command) && command.includes(`${stateFolder}/config.capnp`),
  );

const runningProcesses = (): Process[] => (process.platform === "linux" ? processesOnLinux() : processesByPs());

function processesOnLinux(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [condition, , group] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        if (condition === "Z" || condition === "X") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), group: Number(group), command }];
      } catch {
        return [];
      }
    });
}

function processesByPs(): Process[] {
  const lines = execFileSync("ps", ["-axo", "pid=,pgid=,stat=,command="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, group, condition, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (!command || condition?.startsWith("Z")) return [];
    return [{ pid: Number(pid), group: Number(group), command }];
  });
}
