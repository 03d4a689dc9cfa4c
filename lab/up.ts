import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askVault } from "../clients/vault/ask-vault.ts";
import { parseSite } from "../config/parse-site.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import labWorld from "../config/sites/lab.ts";
import { handleInterrupts, interruption } from "../terminal/interruption.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { ControlPlaneFiles, type LabProgram } from "./control-plane.ts";
import { canAskForRecords, prepareDnsApi } from "./dns-api/prepare.ts";
import { down } from "./down.ts";
import { freePort } from "./free-port.ts";
import { askApi } from "./kubernetes-api.ts";
import { makeLabFolder, removeLabFiles } from "./lab-files.ts";
import {
	hasEnded,
	isRunning,
	type LabProcess,
	lastLines,
	startProcess,
	stopProcesses,
} from "./lab-process.ts";
import { databaseUsers, labSite } from "./lab-site.ts";
import {
	type Lab,
	type LabDatabase,
	type LabDns,
	labFolder,
	readLab,
	readProcesses,
	siteFile,
	writeLab,
	writeProcesses,
} from "./lab-state.ts";
import { missingPrograms } from "./needed-programs.ts";
import { askPostgres, preparePostgres, superuser } from "./postgres-server.ts";
import { madeUp } from "./seed-vault.ts";
import { makeSurroundings } from "./surroundings.ts";
import { vaultServer } from "./vault-server.ts";

/** Called with each part that is ready, and the milliseconds that it took. */
export type Progress = (what: string, milliseconds: number) => void;

const longestWait = 30_000;

/**
 * Starts the lab on loopback: control plane, simulated nodes, a Vault-compatible server, PostgreSQL, and a stand-in for
 * the DNS API if its provider can be installed. A running lab is left unchanged. A failure or an interruption stops and
 * removes everything that was started.
 *
 * @throws UsageError when programs are missing, or its folder holds files that are not the lab's; Error with the end of
 * a program's log when it ends too early
 */
export async function up(progress: Progress): Promise<Lab> {
	const running = readLab();
	if (running !== undefined && readProcesses().every(isRunning)) return running;
	const missing = missingPrograms();
	if (missing.length > 0)
		throw new UsageError(`the lab needs ${missing.join(", ")}`, "infra lab build says how to get them");
	// A lab whose programs have ended cannot be resumed.
	await down();
	makeLabFolder();
	handleInterrupts();
	const processes: LabProcess[] = [];
	try {
		const started = await start(processes, progress);
		writeLab(started);
		return started;
	} catch (error) {
		await stopProcesses(processes);
		removeLabFiles();
		throw error;
	}
}

async function start(processes: LabProcess[], progress: Progress): Promise<Lab> {
	const folder = (name: string) => {
		const path = join(labFolder, name);
		mkdirSync(path, { mode: 0o700 });
		return path;
	};
	const logs = folder("logs");
	const run = (program: LabProgram) => {
		const process = startProcess(program, join(logs, `${program.names[0]}.log`), join(labFolder, "home"));
		processes.push(process);
		writeProcesses(processes);
		return process;
	};
	const ready = async (process: LabProcess, question: () => Promise<boolean>) => {
		const begin = performance.now();
		await waitFor(process, processes, question);
		progress(process.name, performance.now() - begin);
	};
	const startDnsApi = async (): Promise<LabDns> => {
		const { program, dns } = await prepareDnsApi(labFolder);
		await ready(run(program), async () => (await fetch(dns.url)).status === 403);
		return dns;
	};
	const ports = { etcd: 0, etcdPeer: 0, api: 0, controllers: 0, scheduler: 0, kwok: 0 };
	for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
	const files = new ControlPlaneFiles(folder("control-plane"), ports);
	const vaultPort = await freePort();
	const vaultAddress = `http://127.0.0.1:${vaultPort}`;
	const vaultToken = `lab-${randomBytes(16).toString("hex")}`;
	const database: LabDatabase = { port: await freePort(), password: madeUp() };
	const hasZone = canAskForRecords();
	const ask = (...statements: readonly string[]) =>
		askPostgres({ ...database, user: superuser }, ...statements);

	run(files.etcd);
	const vault = run(vaultServer(labFolder, vaultPort, vaultToken));
	const api = run(files.apiServer);
	const postgres = run(await preparePostgres(folder("postgres"), database.port, database.password));
	const access = { host: files.host, token: files.token, caFile: files.caFile };
	await ready(vault, async () => {
		await askVault({ address: vaultAddress, token: vaultToken }, { path: ["sys", "health"] });
		return true;
	});
	await ready(api, async () => (await askApi(access, "GET", "/readyz")).status === 200);
	const stages = join(labFolder, "stages.yaml");
	cpSync(fileURLToPath(new URL("./files/stages.yaml", import.meta.url)), stages);
	const controllers = run(files.controllers);
	run(files.scheduler);
	const kwok = run(files.kwok(stages, labWorld.network.pods));
	await ready(postgres, async () => (await ask("select 1")) === "1");
	// Without known passwords until Vault sets them.
	for (const user of databaseUsers)
		await ask(`create role ${user} login`, `create database ${user} owner ${user}`);
	await ready(
		controllers,
		async () =>
			(await askApi(access, "GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200,
	);
	const dns = (await hasZone) ? await startDnsApi() : undefined;
	const name = `lab-${randomBytes(4).toString("hex")}`;
	const site = labSite({ name, files, vaultAddress, database, dns });
	await makeSurroundings(access, parseSite(site));
	await ready(kwok, async () => {
		const { items } = JSON.parse((await askApi(access, "GET", "/api/v1/nodes")).body);
		return items.every(({ status }: { status: { conditions?: { type: string; status: string }[] } }) =>
			status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
		);
	});
	writeFileSync(siteFile, JSON.stringify(site, null, "\t"));
	const { kubeconfig } = files;
	return { ...access, kubeconfig, vaultAddress, vaultToken, database, dns, site: siteFile };
}

/** @throws Error when a process of the lab ends, the timeout is over, or the lab is interrupted */
async function waitFor(
	process: LabProcess,
	all: readonly LabProcess[],
	question: () => Promise<boolean>,
): Promise<void> {
	const deadline = performance.now() + longestWait;
	for (;;) {
		interruption.throwIfAborted();
		const ended = all.find((one) => !isRunning(one));
		if (ended !== undefined) throw new VisibleError(hasEnded(ended));
		if (await question().catch(() => false)) return;
		if (performance.now() > deadline)
			throw new VisibleError(
				`${process.name} is not ready after ${longestWait / 1000} s:\n${lastLines(process.log)}`,
			);
		await sleep(50);
	}
}
