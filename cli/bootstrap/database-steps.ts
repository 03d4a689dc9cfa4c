import { run } from "../../clients/host/run.ts";
import { askVault } from "../../clients/vault/ask-vault.ts";
import { rotatedPassword } from "../../clients/vault/rotated-password.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { databaseEngine, staticRoleName } from "../../constructs/vault/database-engine.ts";
import { findProgram } from "../../lab/find-program.ts";
import type { Backups } from "./backups.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";
import { entriesIn } from "./write-entries.ts";

/**
 * Fills the databases from their dumps, each in one transaction, and lets Vault set its passwords anew: those of the
 * dump may be older than those of the snapshot. A database that has tables is left as it is.
 */
export function databaseSteps(founding: Founding, backups: () => Promise<Backups>): Step[] {
	const { postgresql } = founding.site.vault.databases;
	if (postgresql === undefined) return [];
	return [
		checked("every database that has a dump has its tables", {
			look: async () => {
				const { dumps } = await backups();
				const empty = await Promise.all(dumps.map(({ database }) => isEmpty(founding, database)));
				return !empty.includes(true);
			},
			act: async () => {
				const { dumps, roles } = await backups();
				if (roles !== undefined) await restoreRoles(founding, roles);
				for (const { database, file } of dumps) {
					if (!(await isEmpty(founding, database))) continue;
					if (!(await exists(founding, database)))
						await must(founding, "psql", ["-d", "postgres", "-c", `create database "${database}"`]);
					await must(founding, "pg_restore", [
						"-d",
						database,
						"--single-transaction",
						"--exit-on-error",
						file,
					]);
				}
			},
		}),
		checked("users of databases can log in with the passwords that Vault has", {
			look: async () => {
				for (const user of postgresql.users) if (!(await canLogIn(founding, user))) return false;
				return true;
			},
			act: async () => {
				for (const user of postgresql.users)
					await askVault(founding.vault, {
						method: "POST",
						path: [databaseEngine, "rotate-role", staticRoleName("postgresql", user)],
						within: 30_000,
					});
			},
		}),
	];
}

/** Whether the server takes the password; a refusal for another reason is an error of later. */
async function canLogIn(founding: Founding, user: string): Promise<boolean> {
	const { postgresql } = founding.site.vault.databases;
	const password = await rotatedPassword(founding.site, { kind: "postgresql", user }, founding.vault);
	const env = { ...process.env, PGPASSWORD: password, PGCONNECT_TIMEOUT: "10" };
	const login = ["-h", postgresql?.host ?? "", "-p", String(postgresql?.port), "-U", user, "-w"];
	const args = [...login, "-X", "-Atq", "-d", "postgres", "-c", "select 1"];
	const { code, stderr } = await run(findProgram("psql") ?? "psql", args, { env });
	if (code !== 0 && !/authentication failed|no password/.test(stderr))
		throw new VisibleError(`${user} cannot be tried at the database server: ${stderr.trim()}`);
	return code === 0;
}

/** Roles that are there already keep what they have. */
async function restoreRoles(founding: Founding, file: string): Promise<void> {
	const { stderr } = await superuser(founding, "psql", ["-X", "-q", "-d", "postgres", "-f", file]);
	const problems = stderr
		.split("\n")
		.filter((line) => line.includes("ERROR:") && !/role ".*" already exists/.test(line));
	if (problems.length > 0) throw new VisibleError(`${file}: ${problems.join("; ")}`);
}

async function exists(founding: Founding, database: string): Promise<boolean> {
	const question = `select count(*) from pg_database where datname = '${database.replaceAll("'", "''")}'`;
	return (await must(founding, "psql", ["-X", "-Atq", "-d", "postgres", "-c", question])).trim() === "1";
}

async function isEmpty(founding: Founding, database: string): Promise<boolean> {
	if (!(await exists(founding, database))) return true;
	const question =
		"select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')";
	return (await must(founding, "psql", ["-X", "-Atq", "-d", database, "-c", question])).trim() === "0";
}

async function must(founding: Founding, program: string, args: readonly string[]): Promise<string> {
	const { code, stdout, stderr } = await superuser(founding, program, args);
	if (code !== 0) throw new VisibleError(`${program} has failed: ${stderr.trim()}`);
	return stdout;
}

/** Runs a program of PostgreSQL as the superuser whose password Vault has. */
async function superuser(founding: Founding, program: string, args: readonly string[]) {
	const { postgresql } = founding.site.vault.databases;
	if (postgresql === undefined) throw new VisibleError("vault.databases.postgresql: the site has no server");
	const { host, port, superuser: user, password } = postgresql;
	const { [password.path]: entry } = await entriesIn(founding.vault, [
		{ path: password.path, keys: [password.key], version: 1, stacks: [] },
	]);
	const env = { ...process.env, PGPASSWORD: entry?.[password.key] ?? "", PGCONNECT_TIMEOUT: "10" };
	const login = ["-h", host, "-p", String(port), "-U", user, "-w"];
	return run(findProgram(program) ?? program, [...login, ...args], {
		env,
		signal: "kept back",
		name: program,
	});
}
