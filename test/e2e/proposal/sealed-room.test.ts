import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { besideProgram } from "../../../cli/affected/renderings.ts";
import { sealedSynth } from "../../../cli/proposal/sealed-synth.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { needs } from "../harness/needs.ts";
import { roomsAreClosed } from "./rooms-are-closed.ts";

const ready = needs("bwrap");
const closed = ready && roomsAreClosed();
beforeEach(({ skip }) => skip(closed, "user namespaces: a machine that lets users make them enables it"));
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-room-`));
const canary = join(folder, "canary");
let server: Server;
let asked = 0;

beforeAll(async () => {
	if (!ready) return;
	writeFileSync(canary, "word-of-a-test");
	server = createServer((_, response) => {
		asked += 1;
		response.end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
	server?.close();
	rmSync(folder, { recursive: true });
});

let trees = 0;
/** Runs code as the main program of a tree. */
async function runs(code: string, files: Record<string, string> = {}) {
	const root = join(folder, String(++trees));
	const [tree, documents] = [join(root, "tree"), join(root, "documents")];
	mkdirSync(tree, { recursive: true });
	copyFileSync(join(projectRoot, "package-lock.json"), join(tree, "package-lock.json"));
	writeFileSync(join(tree, "package.json"), '{"type":"module","scripts":{"prepare":"touch /tree/prepared"}}');
	const written = { [besideProgram]: 'console.log("{}")', "main.ts": `${imports}\n${code}`, ...files };
	for (const [name, text] of Object.entries(written)) {
		mkdirSync(join(tree, name, ".."), { recursive: true });
		writeFileSync(join(tree, name), text);
	}
	const result = await sealedSynth({ tree, documents, site: "lab" });
	const report = join(documents, "report.json");
	return {
		...result,
		tree,
		documents,
		report: existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined,
	};
}

const imports = `
import { execFileSync, spawn } from "node:child_process";
import { lookup } from "node:dns/promises";
import fs from "node:fs";
import net from "node:net";
const out = process.env.CDKTF_OUTDIR;
const report = (value) => fs.writeFileSync(out + "/report.json", JSON.stringify(value));
const attempt = (what) => { try { return ["did", what()] } catch (error) { return ["could not", error.code ?? error.message] } };
const connect = (port, host) => new Promise((resolve) => {
	const socket = net.connect({ port, host, timeout: 2000 });
	socket.on("connect", () => resolve("connected")).on("error", ({ code }) => resolve(code)).on("timeout", () => resolve("timeout"));
});`;

describe("code that nobody has reviewed", () => {
	test.concurrent("builds its documents", async () => {
		const { built, report } = await runs("report(process.env.INFRA_SITE)");
		expect([built, report]).toEqual([true, "lab"]);
	});

	test.concurrent("says what it renders beside Terraform, in the same room", async () => {
		const code = `${imports} console.log(JSON.stringify([process.env.INFRA_SITE, fs.existsSync(${JSON.stringify(canary)})]))`;
		const { built, beside } = await runs("report(1)", { [besideProgram]: code });
		expect([built, JSON.parse(beside)]).toEqual([true, ["lab", false]]);
	});

	test.concurrent("is not built when it says too much of that, or fails to", async () => {
		const [endless, failing] = await Promise.all([
			runs("", {
				[besideProgram]: `const more = () => process.stdout.write("x".repeat(1e6), more); more();`,
			}),
			runs("", { [besideProgram]: 'throw new Error("it is broken")' }),
		]);
		expect(endless).toMatchObject({
			built: false,
			beside: "",
			said: expect.stringContaining("it prints more than 16 MiB"),
		});
		expect(failing).toMatchObject({
			built: false,
			beside: "",
			said: expect.stringContaining("it is broken"),
		});
	});

	test.concurrent("has no variable of the process that runs it", async () => {
		const { report } = await runs("report(process.env)");
		expect(Object.keys(report).sort()).toEqual([
			"CDKTF_OUTDIR",
			"CHECKPOINT_DISABLE",
			"HOME",
			"INFRA_SITE",
			"PATH",
			"PWD",
		]);
	});

	test.concurrent("reaches no server, not even on this machine, and no name", async () => {
		const { port } = server.address() as AddressInfo;
		const { report } = await runs(`report([
			await connect(${port}, "127.0.0.1"), await connect(443, "192.0.2.1"), await connect(53, "127.0.0.1"),
			await lookup("forge.example.org").then(() => "resolved", ({ code }) => code),
			fs.existsSync("/var/run/docker.sock"), fs.existsSync("/run"),
		])`);
		expect(report.slice(0, 3)).toEqual([
			"ECONNREFUSED",
			expect.stringMatching(/ENETUNREACH|EHOSTUNREACH/),
			"ECONNREFUSED",
		]);
		expect(report[3]).not.toBe("resolved");
		expect(report.slice(4)).toEqual([false, false]);
		expect(asked).toBe(0);
	});

	test.concurrent("sees no file but the system's programs, its packages and its own", async () => {
		const { report } = await runs(`report([
			...[${JSON.stringify(canary)}, ${JSON.stringify(join(projectRoot, "main.ts"))}, "/etc/passwd", "/root", "/home", "/proc/1/environ",
			"/var/run/secrets/kubernetes.io/serviceaccount/token"].map((path) => fs.existsSync(path)),
			fs.readdirSync("/").sort().join(" "),
		])`);
		expect(report.slice(0, -1)).toEqual(Array(7).fill(false));
		expect(report.at(-1)).toBe("bin dev documents lib lib64 node tmp tree usr");
	});

	test.concurrent("writes nowhere but into its own tree and its documents", async () => {
		const marker = `written-${process.pid}`;
		const { report } =
			await runs(`report(["/usr/${marker}", "/tree/node_modules/${marker}", "/node", "/dev/sda", "/bin/${marker}"]
			.map((path) => attempt(() => fs.writeFileSync(path, "x"))[0]))`);
		// Devices of the room are made for it; a file there is nobody's.
		expect(report).toEqual(["could not", "could not", "could not", expect.any(String), "could not"]);
		expect(existsSync(`/usr/${marker}`) || existsSync(join(projectRoot, "node_modules", marker))).toBe(false);
	});

	test.concurrent("gives itself no rights back", async () => {
		const { report } = await runs(`report([
			attempt(() => execFileSync("mount", ["-o", "remount,rw,bind", "/usr"], { stdio: "pipe" }))[0],
			attempt(() => execFileSync("unshare", ["--net", "true"], { stdio: "pipe" }))[0],
			attempt(() => execFileSync("chroot", ["/tmp", "true"], { stdio: "pipe" }))[0],
		])`);
		expect(report).toEqual(["could not", "could not", "could not"]);
	});

	test.concurrent("ends no process, and leaves none behind", async () => {
		const { documents, report } = await runs(`
			spawn("sh", ["-c", "sleep 1; echo late > /documents/late"], { detached: true, stdio: "ignore" }).unref();
			report([attempt(() => process.kill(${process.pid}))[0], process.ppid < 5])`);
		expect(report).toEqual(["could not", true]);
		await sleep(1500);
		expect(existsSync(join(documents, "late"))).toBe(false);
	});

	test.concurrent("runs no script of its package", async () => {
		const { built, tree } = await runs("report(1)");
		expect(built).toBe(true);
		expect(existsSync(join(tree, "prepared"))).toBe(false);
	});

	test.concurrent("takes no package of its own", async () => {
		const { report } = await runs('report(fs.existsSync("/tree/node_modules/evil"))', {
			"node_modules/evil/index.js": "throw 1",
		});
		expect(report).toBe(false);
	});

	test.concurrent("gets no packages that nobody has reviewed", async () => {
		await expect(runs("", { "package-lock.json": "{}" })).rejects.toThrow(/changes package-lock.json/);
	});

	test.concurrent("says why it failed, and no more than that", async () => {
		// The runtime drops the text of an error that nobody catches while the pipe is full, so the code writes it itself.
		const [thrown, { built, said }] = await Promise.all([
			runs('throw new Error("it is broken")'),
			runs(`process.stderr.write("x".repeat(5_000_000));
				process.stderr.write("it is broken", () => process.exit(1))`),
		]);
		expect(thrown).toMatchObject({ built: false, said: expect.stringContaining("Error: it is broken") });
		expect(built).toBe(false);
		expect(said).toContain("it is broken");
		expect(said.length).toBeLessThan(20_000);
	});
});
