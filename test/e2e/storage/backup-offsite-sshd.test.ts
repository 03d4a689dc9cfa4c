import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { freePort } from "../../../lab/free-port.ts";
import { needs } from "../harness/needs.ts";
import { SshdLab } from "./offsite-sshd.ts";
import { treeOf } from "./tree.ts";

needs("root", "rsync", "sqlite3", "restic", "rclone", "ssh", "/usr/sbin/sshd");

const point = "2026-01-01T050000";
const web = `disk/points/${point}/volumes/shop/web`;
const destination = "backup@192.0.2.21";

/** A host that has brought a point through sshd. */
async function host(): Promise<SshdLab> {
	const lab = await (await new SshdLab({}, []).withSshd()).withRepository();
	lab.write(`${web}/file`, "data");
	const { code, stderr } = await lab.run("offsite.sh");
	if (code !== 0) throw new Error(`${stderr}\n${lab.log}`);
	return lab;
}

/** Runs ssh with the host's key. */
function asHost(lab: SshdLab, options: readonly string[], command: readonly string[] = []) {
	const [program = "", ...args] = lab.ssh("host");
	const all = [...args, "-o", "BatchMode=yes", ...options, destination, ...command];
	return spawnSync(program, all, { encoding: "utf8", timeout: 20_000 });
}

/** What the account's one command answers to requests, whatever command is asked for. */
async function requests(lab: SshdLab, asked: readonly (readonly [method: string, path: string])[]) {
	const [program = "", ...args] = lab.ssh("host");
	const way = spawn(program, [...args, destination, "sh", "-i"], { stdio: ["pipe", "pipe", "ignore"] });
	const session = connectHttp2("http://localhost", {
		createConnection: () => Duplex.from({ readable: way.stdout, writable: way.stdin }),
	});
	way.stdin.on("error", () => {});
	session.on("error", () => {});
	const answers: [request: string, status: number][] = [];
	for (const [method, path] of asked) {
		const stream = session.request({ ":method": method, ":path": path });
		stream.end(method === "POST" ? "rubbish" : undefined);
		const [headers] = await once(stream, "response");
		stream.on("error", () => {}).resume();
		answers.push([`${method} ${path}`, headers[":status"]]);
	}
	session.destroy();
	way.kill();
	return answers;
}

const kept = (lab: SshdLab) => treeOf(lab.path("offsite/restic")).filter((line) => !line.startsWith("locks"));

test("behind sshd, the host's key adds, retention gives up, and the operator's key brings back", async () => {
	const lab = await host();
	const later = "2026-01-02T050000";
	const next = `disk/points/${later}`;
	lab.write(`${next}/volumes/shop/web/file`, "new");
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	// Of one day only the newest stays; what retention writes belongs to the account as well.
	const yesterday = (hour: number) => new Date(new Date(Date.now() - 86_400_000).setUTCHours(hour, 0, 0, 0));
	for (const { id, tags } of lab.snapshots()) lab.arrived(id, yesterday(tags[0] === point ? 11 : 12));
	expect(await lab.runThere("retain.sh")).toMatchObject({
		code: 0,
		stderr: expect.stringContaining("1 snapshots given up"),
	});
	lab.write(`disk/points/2026-01-03T050000/volumes/shop/web/file`, "newer");
	const third = await lab.run("offsite.sh");
	expect({ ...third, log: lab.log }).toMatchObject({ code: 0 });
	const web = `${next}/volumes/shop/web`;
	const before = treeOf(lab.path(web));
	rmSync(lab.path("disk/points"), { recursive: true });
	const { code } = await lab.run("offsite-backup.sh", ["fetch", "volumes/shop/web", later]);
	expect({ code, tree: treeOf(lab.path(web)) }).toEqual({ code: 0, tree: before });

	const login = [...lab.ssh("operator"), "-o", "BatchMode=yes", destination, "-s", "sftp"].join(" ");
	const restored = spawnSync(
		"restic",
		[
			...["-o", `sftp.command=${login}`, "--repo", `sftp:${destination}:${lab.path("offsite/restic")}`],
			...[
				"--no-cache",
				"restore",
				"latest",
				"--tag",
				`${later},volumes/shop/web`,
				"--target",
				lab.path("back"),
			],
		],
		{ encoding: "utf8", env: { ...lab.environment(), RESTIC_PASSWORD_FILE: lab.path("far-key") } },
	);
	expect({ status: restored.status, stderr: restored.stderr }).toMatchObject({ status: 0 });
	expect(readFileSync(lab.path("back/web/file"), "utf8")).toBe("new");
});

test("the host's key gets no shell, file, terminal or way into the network there, and removes and overwrites nothing", async () => {
	const lab = await host();
	const before = kept(lab);
	const secret = lab.path("far/home/secret");
	const [program = "", ...args] = lab.ssh("host");
	for (const command of [["cat", secret], ["sh", "-c", `touch ${secret}.new`], ["id"]]) {
		const { stdout } = asHost(lab, [], command);
		expect(stdout).not.toMatch(/of the account|uid=/);
	}
	const terminal = spawn(program, [...args, "-tt", destination], { stdio: ["pipe", "ignore", "pipe"] });
	let said = "";
	for await (const part of terminal.stderr) {
		said += part;
		if (said.includes("\n")) break;
	}
	terminal.kill();
	expect(said).toContain("PTY allocation request failed");
	expect(existsSync(`${secret}.new`)).toBe(false);
	// Files by the protocols of scp and sftp.
	for (const copy of [["-O"], ["-s"]])
		spawnSync("scp", [
			...copy,
			...args.map((arg) => (arg === "-p" ? "-P" : arg)),
			`${destination}:${secret}`,
			lab.path("stolen"),
		]);
	expect(existsSync(lab.path("stolen"))).toBe(false);

	const port = await freePort();
	for (const [forward, said] of [
		[["-W", "127.0.0.1:22"], /administratively prohibited/],
		[
			["-N", "-o", "ExitOnForwardFailure=yes", "-R", `127.0.0.1:${port}:127.0.0.1:1`],
			/remote port forwarding failed/,
		],
		[
			["-N", "-o", "ExitOnForwardFailure=yes", "-R", `${lab.path("socket")}:127.0.0.1:1`],
			/remote port forwarding failed/,
		],
	] as const)
		expect(asHost(lab, forward).stderr).toMatch(said);
	await expect(once(connect(port, "127.0.0.1"), "connect")).rejects.toThrow("ECONNREFUSED");

	// What is there already, by requests of its own and by restic.
	const of = (folder: string) => `/${folder}/${readdirSync(lab.path(`offsite/restic/${folder}`))[0]}`;
	const [pack = ""] = readdirSync(lab.path("offsite/restic/data"), {
		recursive: true,
		encoding: "utf8",
	}).filter((name) => name.includes("/"));
	const mine = ["/config", of("keys"), of("snapshots"), of("index"), `/data/${pack.split("/")[1]}`];
	const outside = ["/../secret", "/data/../../../far/home/secret", "/%2e%2e/%2e%2e/far/home/secret"];
	const answers = await requests(lab, [
		...mine.flatMap((path) => [["DELETE", path] as const, ["POST", path] as const]),
		["DELETE", "/"],
		["DELETE", "/data/"],
		...outside.map((path) => ["GET", path] as const),
	]);
	expect(answers.filter(([, status]) => status < 300)).toEqual([]);
	// Such a name is taken, as one inside the repository.
	await requests(lab, [["POST", "/%2e%2e/%2e%2e/far/home/written"]]);
	expect(readdirSync(lab.path("far/home")).sort()).toEqual([".ssh", "secret"]);
	const doomed = lab.snapshots()[0]?.id ?? "";
	const attempts = [["forget", "--prune", doomed], ["prune"]].map((attempt) =>
		spawn("timeout", ["5", "restic", "--no-cache", ...lab.asHost(...attempt)], { env: lab.environment() }),
	);
	await Promise.all(attempts.map((attempt) => once(attempt, "exit")));
	expect(kept(lab)).toEqual(expect.arrayContaining(before));
	lab.there("unlock", "--remove-all");
	lab.there("check", "--read-data");
	expect(lab.parts()).toEqual(["volumes/shop/web"]);
});

test("a host key that has changed there stops what would be brought, says so, and changes nothing", async () => {
	const lab = await host();
	const before = kept(lab);
	const known = lab.read("known_hosts");
	lab.write("known_hosts", `offsite ssh-ed25519 ${lab.read("host-key.pub").split(" ")[1]}\n`);
	lab.write(`disk/points/2026-01-02T050000/volumes/shop/web/file`, "new");
	const refused = await lab.run("offsite.sh");
	expect(refused.code).not.toBe(0);
	expect(refused.stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
	expect(lab.metrics("offsite-backup-sync").offsite_sync_last_status).not.toBe(0);
	expect(kept(lab)).toEqual(before);
	// restic may end before it has passed on what ssh says.
	const restic = lab.path("bin/restic");
	writeFileSync(restic, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
	const early = await lab.run("offsite.sh");
	expect(early).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("REMOTE HOST IDENTIFICATION HAS CHANGED"),
	});
	rmSync(restic);

	// An appliance is asked by the same ssh.
	lab.write("settings", `${lab.read("settings")}APPLIANCE_FILES='nas=root@192.0.2.21:/conf/config.xml'\n`);
	lab.write("kubectl", "printf 'pve/x\\tshop\\tweb\\tBound\\n'\n");
	lab.write("etc/file", "of the host");
	lab.write("disk/points/2026-01-02T050000/appliances/nas/conf/config.xml", "of yesterday");
	const copied = await lab.run("copy.sh");
	expect(copied).toMatchObject({ code: 1 });
	expect(copied.stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
	expect(copied.stderr).toContain("nas=root@192.0.2.21:/conf/config.xml: cannot be copied");
	expect(lab.read("disk/points/2026-01-02T050000/appliances/nas/conf/config.xml")).toBe("of yesterday");
	expect(lab.list("disk/points").flatMap((at) => lab.list(`disk/points/${at}`))).toContain("host");

	lab.write("known_hosts", known);
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(lab.parts()).toContain("host");
});
