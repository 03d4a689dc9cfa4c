import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runtimeAnswers } from "../../../lab/node/runtime-answers.ts";
import { Daemon } from "../harness/daemon.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";

needs("root", "containerd");

const folder = mkdtempSync(join(tmpdir(), "infra-runtime-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const socketOf = (name: string) => join(folder, name, "containerd.sock");

/** A container runtime whose files are all below the folder. @param disabled plugins that it does without */
function runtime(name: string, disabled: readonly string[]): Daemon {
	const own = join(folder, name);
	const file = `${own}.toml`;
	writeFileSync(
		file,
		`version = 2
root = "${own}/root"
state = "${own}/state"
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
address = "${socketOf(name)}"
[plugins."io.containerd.internal.v1.opt"]
path = "${own}/opt"
[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = "${own}/network"
`,
	);
	return new Daemon("containerd", ["--config", file, "--log-level", "warn"], { logFile: `${own}.log` });
}

test("a runtime is asked until it answers, and nothing listens before and after", async () => {
	await expect(runtimeAnswers(socketOf("whole"))).rejects.toThrow("ENOENT");
	const daemon = runtime("whole", []);
	const answers = () => runtimeAnswers(socketOf("whole")).catch(() => false);
	await waitFor("the runtime answers", answers, { within: 60_000 });
	await daemon.kill();
	await expect(runtimeAnswers(socketOf("whole"))).rejects.toThrow("ECONNREFUSED");
}, 90_000);

test("one that listens and does not know the question is none", async () => {
	const daemon = runtime("other", ["io.containerd.grpc.v1.cri"]);
	const listens = () =>
		runtimeAnswers(socketOf("other")).then(
			() => true,
			() => false,
		);
	await waitFor("it listens", listens, { within: 60_000 });
	expect(await runtimeAnswers(socketOf("other"))).toBe(false);
	await daemon.kill();
}, 90_000);
