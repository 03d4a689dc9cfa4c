import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { groupOf } from "../../../lab/node/node-groups.ts";

/** Settings that a kubelet, kube-proxy or a container runtime changes on the machine that they run on. */
const settings = [
	"kernel/keys/root_maxbytes",
	"kernel/keys/root_maxkeys",
	"kernel/panic",
	"kernel/panic_on_oops",
	"net/bridge/bridge-nf-call-iptables",
	"net/ipv4/conf/all/route_localnet",
	"net/ipv4/ip_forward",
	"net/netfilter/nf_conntrack_max",
	"net/netfilter/nf_conntrack_tcp_timeout_established",
	"vm/overcommit_memory",
	"vm/panic_on_oom",
];

/** Where such programs leave files and interfaces, outside of what they are told, and under which names. */
const places = ["/etc/cni/net.d", "/opt", "/run", "/run/netns", "/var/lib", "/var/log", "/sys/class/net"];
const names = /cni|cbr|container|kube|runc|xtables|pods|real-|nodes|settings/;

const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim() : "none");

/**
 * What nodes might leave on a machine: settings, mounts, rules, control groups, files, and processes.
 *
 * @param folder of a lab, by which what is its own is told from others
 */
export function machineState(folder: string): Readonly<Record<string, unknown>> {
	const state: Record<string, unknown> = {};
	for (const setting of settings) state[setting] = read(`/proc/sys/${setting}`);
	for (const place of places)
		state[place] = existsSync(place) ? readdirSync(place).filter((name) => names.test(name)) : [];
	return {
		...state,
		mounts: read("/proc/self/mountinfo")
			.split("\n")
			.filter((line) => line.includes(folder) || line.includes("/run/nodes")),
		rules: execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" }).match(/kube-proxy/g) ?? [],
		groups: globSync(`/sys/fs/cgroup/{*/,}${groupOf(folder)}`),
		processes: globSync("/proc/[0-9]*/cmdline")
			.map((file) => {
				try {
					return readFileSync(file, "utf8").replaceAll("\0", " ");
				} catch {
					return "";
				}
			})
			.filter((line) => line.includes(folder)),
	};
}

/** Processes of the space of processes that one of them is in, as the machine counts them. */
export function processesBeside(space: string): readonly string[] {
	return globSync("/proc/[0-9]*/ns/pid").filter((file) => spaceOf(file) === space);
}

/** Space of processes by its file, such as `/proc/1/ns/pid`. */
export function spaceOf(file: string): string {
	try {
		return readlinkSync(file);
	} catch {
		return "ended";
	}
}
