import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { needs, slow } from "../harness/needs.ts";
import { BackupHost, hoursAgo } from "../storage/backup-host.ts";
import type { BareLab } from "./bare-lab.ts";

const mail = "mailserver/mailserver-data-encrypted";
const webmail = ["mailserver/roundcubemail-enigma-encrypted", "mailserver/roundcubemail-html-encrypted"];
/** A claim that no stack makes. */
const theirs = "default/theirs";

/**
 * What a site that was brought up has is lost, and comes back.
 *
 * @param world brought up by the cases before
 * @returns whether that can be tried here
 */
export function drill(world: BareLab): boolean {
	const able = needs("root", "rsync", "sqlite3");
	const copies = mkdtempSync(join(tmpdir(), "infra-copies-"));
	afterAll(() => rmSync(copies, { recursive: true, force: true }));

	test("from states, safe and backups, killed twice in between", async ({ skip }) => {
		slow(skip);
		await takeBackups(world, copies);
		const host = await storageHost();
		expect(await world.infra(["lab", "lose"])).toMatchObject({ code: 0 });
		expect(await world.infra(["lab", "up"])).toMatchObject({ code: 0 });
		// Begun anew, the site would get a second Vault, and lose what the first one had.
		expect((await world.bootstrap()).stderr).toContain("--from-backups brings that one back");
		const empty = mkdtempSync(join(copies, "empty-"));
		expect((await world.bootstrap(["--from-backups", empty])).stderr).toContain("no snapshot of Vault");

		const PATH = [host.path("bin-of-host"), process.env.PATH].join(delimiter);
		mkdirSync(host.path("bin-of-host"));
		cpSync(host.path("bin/restore-backup"), host.path("bin-of-host/restore-backup"));
		const back = ["--from-backups", copies, "--local"];
		const halted = await world.bootstrap(back, { PATH });
		expect(halted.stderr).toContain(`${webmail[0]}, ${webmail[1]}: in no restore point`);
		expect(halted.stdout).not.toContain("… stack storage");
		await inLab(world, `printf '%s' '${JSON.stringify(claimOf(theirs))}' | kubectl create -f -`);

		const allowed = [...back, ...[...webmail, theirs].flatMap((claim) => ["--empty", claim])];
		// Between the two keys: the store is that of the snapshot, or not yet.
		for (const step of ["Vault has what its snapshot has", "somebody can log in"])
			expect(await world.until(`… ${step}`, "SIGKILL", allowed, { PATH })).toMatchObject({
				code: null,
				stderr: "",
				stdout: expect.stringContaining(`… ${step}`),
			});
		const done = await world.bootstrap(allowed, { PATH });
		expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("✓ second plans are empty") });

		await isBack(world, host);
		const { filled = {} } = (await world.safe()).content;
		const points = Object.values(filled).sort();
		expect([points.length, points.filter((point) => point === "none").length]).toEqual([4, 3]);
	}, 1_800_000);
	return able;
}

/** Runs a command of the shell with the logins of the lab. */
async function inLab(world: BareLab, script: string): Promise<string> {
	const { code, stdout, stderr } = await world.infra(["lab", "shell", "--", "sh", "-euc", script]);
	if (code !== 0) throw new Error(`${script}: ${stderr}`);
	return stdout;
}

function claimOf(claim: string) {
	const [namespace, name] = claim.split("/");
	return {
		apiVersion: "v1",
		kind: "PersistentVolumeClaim",
		metadata: { namespace, name },
		spec: {
			accessModes: ["ReadWriteOnce"],
			storageClassName: "proxmox-lvm",
			resources: { requests: { storage: "1Gi" } },
		},
	};
}

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
async function takeBackups(world: BareLab, copies: string): Promise<void> {
	for (const name of ["vault-backup", "postgresql-backup", "redis-backup"]) mkdirSync(join(copies, name));
	const vault = `curl -sf -H "X-Vault-Token: $VAULT_TOKEN"`;
	const snapshot = join(copies, "vault-backup/vault-raft-20260131-030000.db");
	await inLab(
		world,
		`${vault} -d '{"data":{"drill":"entry-of-the-drill"}}' $VAULT_ADDR/v1/secret/data/drill
		${vault} -o ${snapshot} $VAULT_ADDR/v1/sys/storage/raft/snapshot`,
	);
	// One that was cut off has a newer name.
	const cut = readFileSync(snapshot).subarray(0, 1000);
	writeFileSync(join(copies, "vault-backup/vault-raft-20260201-030000.db"), cut);
	sql(world, "woodpecker", "create table drill (line text); insert into drill values ('row-of-the-drill')");
	const dumps = join(copies, "postgresql-backup");
	for (const name of ["woodpecker", "terraform_state"])
		database(world, "pg_dump", ["-Fc", "-f", join(dumps, `${name}.dump`), name]);
	writeFileSync(join(dumps, "globals.sql"), database(world, "pg_dumpall", ["--globals-only"]));
	writeFileSync(join(copies, "redis-backup/redis-20260131-030000.rdb"), "");
}

/** Everything that was put there before it was lost is there, and the platform is as it should be. */
async function isBack(world: BareLab, host: BackupHost): Promise<void> {
	const read = 'curl -sf -H "X-Vault-Token: $VAULT_TOKEN" $VAULT_ADDR/v1/secret/data/drill';
	const job = "kubectl -n redis get job redis-restore-20260131-030000 -o jsonpath={.status.succeeded}";
	const [entry, done] = (await inLab(world, `${read}; echo; ${job}`)).trim().split(/\n+/);
	expect([entry, done]).toEqual([expect.stringContaining("entry-of-the-drill"), "1"]);
	expect(sql(world, "woodpecker", "select line from drill")).toBe("row-of-the-drill");
	expect(host.read("lvm/vm-9999-pvc-new/data/example.org/me/cur/1")).toBe("mail-of-the-drill");
	expect(await world.problems()).toEqual([]);
}

/** Runs a program of PostgreSQL as the superuser. */
function database(world: BareLab, program: string, args: readonly string[]): string {
	const { database: server } = JSON.parse(readFileSync(join(world.lab, "lab.json"), "utf8"));
	const login = ["-h", "127.0.0.1", "-p", String(server.port), "-U", "postgres", "-w"];
	const env = { ...process.env, PGPASSWORD: server.password };
	return execFileSync(findProgram(program) ?? program, [...login, ...args], { env }).toString();
}

const sql = (world: BareLab, name: string, statement: string) =>
	database(world, "psql", ["-X", "-Atq", "-d", name, "-c", statement]).trim();
