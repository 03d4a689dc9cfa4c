import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { missingPrograms } from "../../../lab/needed-programs.ts";
import { needs, slow } from "../harness/needs.ts";
import { missing as withoutStates } from "../state/encrypted-project.ts";
import { BackupHost, hoursAgo } from "../storage/backup-host.ts";
import { BareLab } from "./bare-lab.ts";

needs("root", "rsync", "sqlite3");

const world = new BareLab();
const copies = mkdtempSync(join(tmpdir(), "infra-copies-"));

beforeEach(({ skip }) => {
	slow(skip);
	const missing = missingPrograms();
	skip(
		missing.length > 0,
		`not on this machine: ${missing.join(", ")}; infra lab build says how to get them`,
	);
	skip(withoutStates !== "", withoutStates);
});
afterAll(async () => {
	await world.remove();
	rmSync(copies, { recursive: true, force: true });
}, 60_000);

/** Runs a command of the shell with the logins of the lab. */
async function inLab(script: string): Promise<string> {
	const { code, stdout, stderr } = await world.infra(["lab", "shell", "--", "sh", "-euc", script]);
	if (code !== 0) throw new Error(`${script}: ${stderr}`);
	return stdout;
}

const mail = "mailserver/mailserver-data-encrypted";
const webmail = ["mailserver/roundcubemail-enigma-encrypted", "mailserver/roundcubemail-html-encrypted"];

/** A storage host with a restore point of the mail, and empty volumes for the claims of a cluster that is new. */
async function storageHost(): Promise<BackupHost> {
	const host = new BackupHost();
	host.volume("old", mail);
	host.write("lvm/vm-9999-pvc-old/data/example.org/me/cur/1", "mail-of-the-drill");
	host.snapshot("old", hoursAgo(1));
	expect(await host.run("copy.sh")).toMatchObject({ code: 0 });
	// The pool was lost with everything in it.
	rmSync(host.path("lvm"), { recursive: true });
	mkdirSync(host.path("lvm"));
	host.write("claims", "");
	host.volume("new", mail);
	// No container runs in the lab: nothing has to be stopped.
	host.write("kubectl", 'case $* in *persistentvolumes*) cat "$LAB/claims" ;; esac\n');
	const program = host.path("bin/restore-backup");
	const script = join(projectRoot, "constructs/storage/backup/scripts/restore.sh");
	const variables = [
		`PATH='${host.path("bin")}':"$PATH"`,
		`LAB='${host.folder}'`,
		`INFRA_BACKUP_SETTINGS='${host.path("settings")}'`,
	];
	writeFileSync(program, `#!/bin/sh\nexec env ${variables.join(" ")} '${script}' "$@"\n`);
	chmodSync(program, 0o755);
	return host;
}

/** What the backup jobs would have written, and something that only they have. */
async function takeBackups(): Promise<void> {
	for (const name of ["vault-backup", "postgresql-backup", "redis-backup"]) mkdirSync(join(copies, name));
	const vault = `curl -sf -H "X-Vault-Token: $VAULT_TOKEN"`;
	await inLab(`${vault} -d '{"data":{"drill":"entry-of-the-drill"}}' $VAULT_ADDR/v1/secret/data/drill`);
	const snapshot = join(copies, "vault-backup/vault-raft-20260131-030000.db");
	await inLab(`${vault} -o ${snapshot} $VAULT_ADDR/v1/sys/storage/raft/snapshot`);
	// One that was cut off has a newer name.
	const cut = readFileSync(snapshot).subarray(0, 1000);
	writeFileSync(join(copies, "vault-backup/vault-raft-20260201-030000.db"), cut);
	sql("woodpecker", "create table drill (line text); insert into drill values ('row-of-the-drill')");
	const dumps = join(copies, "postgresql-backup");
	for (const name of ["woodpecker", "terraform_state"])
		database("pg_dump", ["-Fc", "-f", join(dumps, `${name}.dump`), name]);
	writeFileSync(join(dumps, "globals.sql"), database("pg_dumpall", ["--globals-only"]));
	writeFileSync(join(copies, "redis-backup/redis-20260131-030000.rdb"), "");
}

/** Runs a program of PostgreSQL as the superuser. */
function database(program: string, args: readonly string[]): string {
	const { database: server } = JSON.parse(readFileSync(join(world.lab, "lab.json"), "utf8"));
	const login = ["-h", "127.0.0.1", "-p", String(server.port), "-U", "postgres", "-w"];
	const env = { ...process.env, PGPASSWORD: server.password };
	return execFileSync(findProgram(program) ?? program, [...login, ...args], { env }).toString();
}

const sql = (name: string, statement: string) =>
	database("psql", ["-X", "-Atq", "-d", name, "-c", statement]).trim();

test("everything is lost, and comes back from states, safe and backups", async ({ skip }) => {
	expect(await world.infra(["lab", "up", "--bare"])).toMatchObject({ code: 0 });
	const values = join(world.memory, "values.json");
	writeFileSync(values, (await world.infra(["lab", "values"])).stdout);
	const founded = await world.bootstrap(["--values", values]);
	skip(/cannot be installed/.test(founded.stderr), "terraform init cannot install the providers");
	expect(founded).toMatchObject({ code: 0 });
	await takeBackups();
	const host = await storageHost();

	expect(await world.infra(["lab", "lose"])).toMatchObject({ code: 0 });
	expect(await world.infra(["lab", "up"])).toMatchObject({ code: 0 });
	// Begun anew, the site would get a second Vault, and lose what the first one had.
	expect((await world.bootstrap()).stderr).toContain("--from-backups brings that one back");
	const back = ["--from-backups", copies, "--local"];
	const PATH = [host.path("bin-of-host"), process.env.PATH].join(delimiter);
	mkdirSync(host.path("bin-of-host"));
	cpSync(host.path("bin/restore-backup"), host.path("bin-of-host/restore-backup"));
	const empty = mkdtempSync(join(copies, "empty-"));
	expect((await world.bootstrap(["--from-backups", empty])).stderr).toContain("no snapshot of Vault");
	// Between the two keys: the store is that of the snapshot, or not yet.
	for (const step of ["Vault has what its snapshot has", "somebody can log in"])
		expect(await world.until(`… ${step}`, "SIGKILL", back)).toMatchObject({
			code: null,
			stderr: "",
			stdout: expect.stringContaining(`… ${step}`),
		});

	const halted = await world.bootstrap(back, { PATH });
	expect(halted.stderr).toContain(`${webmail[0]}, ${webmail[1]}: in no restore point`);
	const allowed = webmail.flatMap((claim) => ["--empty", claim]);
	const done = await world.bootstrap([...back, ...allowed], { PATH });
	expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("✓ second plans are empty") });

	const entry = await inLab('curl -sf -H "X-Vault-Token: $VAULT_TOKEN" $VAULT_ADDR/v1/secret/data/drill');
	expect(entry).toContain("entry-of-the-drill");
	expect(sql("woodpecker", "select line from drill")).toBe("row-of-the-drill");
	expect(host.read("lvm/vm-9999-pvc-new/data/example.org/me/cur/1")).toBe("mail-of-the-drill");
	const job = "kubectl -n redis get job redis-restore-20260131-030000 -o jsonpath={.status.succeeded}";
	expect(await inLab(job)).toBe("1");
	const verdicts = JSON.parse((await world.infra(["lab", "verify", "--json"])).stdout);
	expect(verdicts.filter(({ problem }: { problem: string }) => problem !== "")).toEqual([]);
}, 1_800_000);
