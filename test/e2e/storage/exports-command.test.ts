import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { thisMachine } from "../../../clients/host/target.ts";
import lab from "../../../config/sites/lab.ts";
import { mergePatch } from "../../merge-patch.ts";
import { temporaryFolder } from "../../synth.ts";
import { Daemon } from "../harness/daemon.ts";
import { needs } from "../harness/needs.ts";
import { ExportsLab, untilReleased } from "./exports-lab.ts";

needs("root", "exportfs");

const old = "/srv/nfs *(rw,sync,no_subtree_check)\n/srv/media *(ro,sync,no_subtree_check)\n";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA";

async function serverWith(file: string): Promise<ExportsLab> {
	const server = await ExportsLab.start();
	await server.copyThenReload(file);
	return server;
}

test("check says what the site's table is to exportfs", async () => {
	const { code, stdout } = await thisMachine.run([
		process.execPath,
		"cli/infra.ts",
		"exports",
		"check",
		"--json",
	]);
	const { valid, problems, table } = JSON.parse(stdout);
	expect({ code, valid, problems }).toEqual({ code: 0, valid: true, problems: [] });
	expect(table).toContainEqual(expect.objectContaining({ path: "/srv/nfs", client: "192.0.2.0/24" }));
});

test("check without exportfs names the package instead of passing", async () => {
	const server = await ExportsLab.start();
	await server.shell("mount -t tmpfs tmpfs /usr/sbin");
	const { code, stdout, stderr } = await thisMachine.run(server.infra("exports", "check"));
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toMatch(
		/^error: exportfs: not found on this machine, .*\n {2}help: apt-get install nfs-kernel-server/,
	);
});

test("check without the right to make a namespace asks for root instead of passing", async () => {
	const unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
	// The checkout is another user's.
	const output = temporaryFolder();
	chmodSync(output, 0o777);
	const { code, stdout, stderr } = await thisMachine.run([
		...["env", `CDKTF_OUTDIR=${output}`, ...unprivileged],
		...[process.execPath, "cli/infra.ts", "exports", "check"],
	]);
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toContain("help: run it as root");
});

test("diff ends with 2 before a change and with 0 after it, and the change itself once with something to say", async () => {
	const server = await serverWith(old);
	const diff = () => thisMachine.run(server.infra("exports", "diff", "--local", "--exit-code"));
	const apply = () => thisMachine.run(server.infra("exports", "apply", "--local", "--yes", "--json"));
	const before = await diff();
	expect(before.code).toBe(2);
	expect(before.stdout).toContain("/srv/nfs for 192.0.2.0/24 is not exported");
	const first = await apply();
	expect([first.code, JSON.parse(first.stdout).changed]).toEqual([0, true]);
	const second = await apply();
	expect([second.code, JSON.parse(second.stdout).changed]).toEqual([0, false]);
	expect(await diff()).toMatchObject({ code: 0, stdout: "this machine exports what site lab says\n" });
});

test("a volume of the stacks keeps its own export from being removed", async () => {
	const server = await serverWith(`${old}/srv/nfs/redis-backup *(rw,sync,no_subtree_check)\n`);
	const { code, stderr } = await thisMachine.run(
		server.infra("exports", "apply", "--local", "--yes", "--remove", "/srv/nfs/redis-backup"),
	);
	expect(code).toBe(1);
	expect(stderr).toMatch(
		/- \/srv\/nfs\/redis-backup is removed, and 1 volume would lose it: redis\/backup\//,
	);
});

test("rollback brings the old file back", async () => {
	const server = await serverWith(old);
	await thisMachine.run(server.infra("exports", "apply", "--local", "--yes"));
	const { code, stdout } = await thisMachine.run(server.infra("exports", "rollback", "--local", "--yes"));
	expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([
		0,
		"this machine exports what /etc/exports.previous says now",
	]);
	expect(await server.file()).toBe(old);
});

test("an interruption lets a change that has begun come to its end", async () => {
	const server = await serverWith(old);
	server.standIn("exportfs", untilReleased);
	const [program = "", ...args] = server.infra("exports", "apply", "--local", "--yes");
	const infra = new Daemon(program, args, { logFile: join(server.folder, "infra.log") });
	await server.shell("until [ -e /srv/started ]; do sleep 0.05; done");
	infra.signal("SIGINT");
	// However busy it is, it gets the signal before it hears that its child has ended: the kernel delivers the lower number first.
	await server.shell("touch /srv/release");
	expect(await infra.exited).toBe(130);
	expect(await server.file()).toContain("192.0.2.0/24");
	expect(await server.table()).toHaveLength(3);
});

/** Starts a change and kills the program that asked for it while exportfs runs on the server. */
async function orphanedChange(exportfs: string): Promise<ExportsLab> {
	const server = await serverWith(old);
	const first = `if mkdir /srv/started 2>/dev/null; then sleep 1; ${exportfs}; fi`;
	server.standIn("exportfs", `${first}; exec /usr/sbin/exportfs "$@"`);
	const [program = "", ...args] = server.infra("exports", "apply", "--local", "--yes");
	const infra = new Daemon(program, args, { logFile: join(server.folder, "infra.log") });
	await server.shell("until [ -e /srv/started ]; do sleep 0.05; done");
	await infra.kill();
	await server.shell("flock --timeout 60 /run/lock/infra-exports true");
	return server;
}

test("a change is finished though the program that asked for it has died", async () => {
	const server = await orphanedChange("true");
	expect(await server.table()).toHaveLength(3);
	expect(await server.shell("cat /etc/exports.previous")).toBe(old);
});

test("a change that fails is undone though nobody is left to be told", async () => {
	const server = await orphanedChange("echo 'exportfs: no memory' >&2; exit 1");
	expect(await server.file()).toBe(old);
	expect(await server.table()).toHaveLength(2);
	expect(await server.shell("ls /etc | grep '^exports'")).toBe("exports\nexports.d\n");
});

/** A site whose server is reached by ssh, and a program in the place of ssh. */
function throughSsh(server: ExportsLab, ssh: string): NodeJS.ProcessEnv {
	const site = join(server.folder, "site.json");
	writeFileSync(
		site,
		JSON.stringify(mergePatch(lab, { storage: { nfs: { ssh: { hostKey, port: 2222 } } } })),
	);
	server.standIn("ssh", ssh, "client");
	return { PATH: [join(server.folder, "client"), process.env.PATH].join(delimiter), INFRA_SITE: site };
}

const withEnvironment = (env: NodeJS.ProcessEnv, ...args: string[]) => [
	"env",
	...Object.entries(env).map(([name, value]) => `${name}=${value}`),
	...[process.execPath, "cli/infra.ts", ...args],
];

test("a server is reached by ssh with the host key of the site and nobody to ask", async () => {
	const server = await serverWith(old);
	const asked = join(server.folder, "asked");
	// As sshd does: a shell gets the last argument.
	const env = throughSsh(
		server,
		`printf '%s\\n' "$@" | grep -v unshare >${asked}
for word; do case $word in UserKnownHostsFile=*) cat "\${word#*=}" >${asked}.keys;; esac; done
eval "last=\\\${$#}"
exec ${server.inside(["sh", "-c"]).join(" ")} "$last"`,
	);
	const { code, stdout, stderr } = await thisMachine.run(withEnvironment(env, "exports", "apply", "--yes"));
	expect({ code, stderr, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
		code: 0,
		stderr: "",
		last: "root@127.0.0.1 exports what site lab says now",
	});
	expect(await server.table()).toHaveLength(3);
	const words = readFileSync(asked, "utf8").split("\n");
	for (const word of ["BatchMode=yes", "StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null"])
		expect(words).toContain(word);
	expect(words.slice(words.indexOf("-p"), words.indexOf("127.0.0.1"))).toEqual([
		"-p",
		"2222",
		"-l",
		"root",
		"--",
	]);
	expect(readFileSync(`${asked}.keys`, "utf8")).toBe(`server ${hostKey}\n`);
});

test("a server that cannot be reached is not changed, and the message is that of ssh", async () => {
	const server = await serverWith(old);
	const env = throughSsh(server, "echo 'Host key verification failed.' >&2; exit 255");
	const { code, stderr } = await thisMachine.run(withEnvironment(env, "exports", "apply", "--yes"));
	expect(code).toBe(1);
	expect(stderr).toBe("error: no connection to root@127.0.0.1: Host key verification failed.\n");
	expect(await server.file()).toBe(old);
});

test("without a host key in the site, a server is not reached at all", async () => {
	const { code, stderr } = await thisMachine.run([process.execPath, "cli/infra.ts", "exports", "diff"]);
	expect({ code, stderr }).toEqual({
		code: 1,
		stderr:
			"error: storage.nfs.ssh: the site states no host key for storage (127.0.0.1)\n" +
			"  help: state it, or run the command on the server with --local\n",
	});
});
