/** Holds the network of a cluster open: the end of it that is outside. Argument: the file of its settings. */
import { spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type NetworkSettings, pidFile, resolvConf, sockets } from "./network.ts";
import { relay } from "./relay.ts";

const [file = ""] = process.argv.slice(2);
const { access, doors, networks, nodes } = JSON.parse(readFileSync(file, "utf8")) as NetworkSettings;
// Paths of sockets have 108 characters (unix(7)): they are named from here.
process.chdir(dirname(file));
relay({ host: "127.0.0.1", port: Number(new URL(access.host).port) }).listen(sockets.api);
for (const [name, { outside }] of Object.entries(doors))
	if (outside !== undefined) relay({ path: sockets.door(name) }).listen(outside, "127.0.0.1");
const inner = spawn(
	"unshare",
	[
		...["--net", "--mount"],
		...(nodes === undefined
			? [
					"--map-root-user",
					fileURLToPath(new URL("./enter.sh", import.meta.url)),
					resolvConf,
					networks.join(","),
				]
			: [
					...[
						"--pid",
						"--fork",
						"--kill-child",
						"--mount-proc",
						fileURLToPath(new URL("./enter-as-root.sh", import.meta.url)),
						resolvConf,
					],
					...[networks.join(","), nodes.services, nodes.addresses.join(","), nodes.folder],
				]),
		...[process.execPath, fileURLToPath(new URL("./inside.ts", import.meta.url)), file],
	],
	{ stdio: ["pipe", "pipe", "inherit"] },
);
/** Number of the process inside: where processes have numbers of their own, it is the child of the one outside. */
function insider(): string {
	const { pid } = inner;
	if (nodes === undefined) return String(pid);
	return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
}
inner.stdout.once("data", () => {
	writeFileSync(`${pidFile}.part`, insider());
	renameSync(`${pidFile}.part`, pidFile);
});
inner.on("exit", (code) => process.exit(code ?? 1));
process.on("SIGTERM", () => inner.stdin.end());
