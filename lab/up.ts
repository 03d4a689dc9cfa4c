import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askVault } from "../clients/vault/ask-vault.ts";
import { sealStatus } from "../clients/vault/seal.ts";
import { parseSite } from "../config/parse-site.ts";
import labWorld from "../config/sites/lab.ts";
import { handleInterrupts } from "../terminal/interruption.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { selfSigned } from "./certificate.ts";
import { ControlPlaneFiles, type LabProgram } from "./control-plane.ts";
import { canAskForRecords, prepareDnsApi } from "./dns-api/prepare.ts";
import { down } from "./down.ts";
import { freePort, freePortPair } from "./free-port.ts";
import { askApi } from "./kubernetes-api.ts";
import { makeLabFolder, removeLabFiles, removeLostFiles } from "./lab-files.ts";
import { isRunning, type LabProcess } from "./lab-process.ts";
import { LabPrograms } from "./lab-programs.ts";
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
import { newMailKey } from "./mail-key.ts";
import { groupOf, removeGroups } from "./node/node-groups.ts";
import { RealNodes } from "./node/nodes.ts";
import { type LabOwner, makeOwner, readOwner } from "./owner.ts";
import { askPostgres, preparePostgres, superuser } from "./postgres-server.ts";
import type { Product } from "./products/product.ts";
import { startProducts } from "./products/products.ts";
import { requireNodes, requirePrograms, requireRunning, unaskedProducts } from "./requirements.ts";
import { madeUp } from "./seed-vault.ts";
import { makeSurroundings } from "./surroundings.ts";
import { bareVaultServer, vaultServer } from "./vault-server.ts";

/** Called with each part that is ready, and the milliseconds that it took. */
export type Progress = (what: string, milliseconds: number) => void;

/**
 * Starts the lab on loopback: control plane, simulated nodes, a Vault-compatible server, PostgreSQL, a stand-in for
 * the DNS API if its provider can be installed, and products. A running lab is left unchanged. A failure or an
 * interruption stops and removes everything that was started.
 *
 * @param products that are wanted; by default those that start unasked and are here
 * @param nodes how many nodes run containers
 * @param bare Vault begins with nothing, not even initialised, and states are kept encrypted; also of a lab that was lost
 * @throws UsageError when programs are missing, its folder holds files that are not the lab's, or a running lab lacks a
 * product; Error with the end of a program's log when it ends too early
 */
export async function up(
	progress: Progress,
	products?: readonly Product[],
	{ bare = false, nodes = 0 }: { readonly bare?: boolean; readonly nodes?: number } = {},
): Promise<Lab> {
	const running = readLab();
	if (running !== undefined && readProcesses().every(isRunning)) {
		requireRunning(running, products ?? [], nodes);
		if (bare && readOwner() === undefined)
			throw new UsageError("the lab runs, and is not a bare one", "infra lab down ends it");
		return running;
	}
	const lost = running === undefined ? readOwner() : undefined;
	// Products log in with the token of the development server, and are there before the stacks.
	const wanted = products ?? (bare || lost !== undefined ? [] : await unaskedProducts());
	requirePrograms(wanted);
	if (nodes > 0) requireNodes();
	// A lab whose programs have ended cannot be resumed, unless it was lost on purpose.
	if (lost === undefined) await down();
	makeLabFolder();
	handleInterrupts();
	const programs = new LabPrograms({
		logs: folder("logs"),
		home: join(labFolder, "home"),
		onStart: writeProcesses,
		onReady: progress,
	});
	const owner = lost ?? (bare ? makeOwner(newName()) : undefined);
	try {
		const started = await start(programs, wanted, { owner, nodeCount: nodes });
		writeLab(started);
		return started;
	} catch (error) {
		await programs.stop();
		await removeGroups(groupOf(labFolder));
		if (lost === undefined) removeLabFiles();
		else removeLostFiles();
		throw error;
	}
}

/** Makes a folder of the lab. */
function folder(...names: readonly string[]): string {
	const path = join(labFolder, ...names);
	mkdirSync(path, { mode: 0o700, recursive: true });
	return path;
}

/** Of a site, unlike that of any other lab. */
const newName = () => `lab-${randomBytes(4).toString("hex")}`;

async function start(
	programs: LabPrograms,
	products: readonly Product[],
	{ owner, nodeCount }: { readonly owner: LabOwner | undefined; readonly nodeCount: number },
): Promise<Lab> {
	const run = (program: LabProgram) => programs.run(program);
	const ready = (process: LabProcess, question: () => Promise<boolean>) => programs.ready(process, question);
	const startDnsApi = async (): Promise<LabDns> => {
		const { program, dns } = await prepareDnsApi(labFolder);
		await ready(run(program), async () => (await fetch(dns.url)).status === 403);
		return dns;
	};
	const ports = { etcd: 0, etcdPeer: 0, api: 0, controllers: 0, scheduler: 0, kwok: 0 };
	for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
	const nodes = nodeCount > 0 ? await RealNodes.prepare(labFolder, nodeCount) : undefined;
	const files = new ControlPlaneFiles(
		folder("control-plane"),
		ports,
		nodes && { apiServer: nodes.apiServerFlags, kwok: RealNodes.kwokFlags },
	);
	const vaultPort = await freePortPair();
	const vaultAddress = `http://127.0.0.1:${vaultPort}`;
	const vaultToken = owner === undefined ? `lab-${randomBytes(16).toString("hex")}` : "";
	const database: LabDatabase = { port: await freePort(), password: owner?.databasePassword ?? madeUp() };
	const hasZone = canAskForRecords();
	const ask = (...statements: readonly string[]) =>
		askPostgres({ ...database, user: superuser }, ...statements);

	run(files.etcd);
	const vault = run(
		owner === undefined
			? vaultServer(labFolder, vaultPort, vaultToken)
			: bareVaultServer(labFolder, vaultPort),
	);
	const api = run(files.apiServer);
	const postgres = run(await preparePostgres(folder("postgres"), database.port, database.password));
	const access = { host: files.host, token: files.token, caFile: files.caFile };
	await ready(vault, async () => {
		if (owner !== undefined) return (await sealStatus(vaultAddress)) !== undefined;
		await askVault({ address: vaultAddress, token: vaultToken }, { path: ["sys", "health"] });
		return true;
	});
	await ready(api, async () => (await askApi(access, "GET", "/readyz")).status === 200);
	const stages = join(labFolder, "stages.yaml");
	const told = readFileSync(fileURLToPath(new URL("./files/stages.yaml", import.meta.url)), "utf8");
	writeFileSync(stages, nodes === undefined ? told : RealNodes.stages(told));
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
	const name = owner?.site ?? newName();
	const mailKey = owner?.mailKey ?? newMailKey();
	const site = products.reduce(
		(before, product) => product.site?.(before) ?? before,
		labSite({
			name,
			files,
			vaultAddress,
			database,
			dns,
			owner,
			mailSigner: mailKey.publicKey,
			portSources: nodes?.portSources ?? [],
		}),
	);
	const worlds = products.map((product) => ({
		product,
		world: {
			api: access,
			site: parseSite(site),
			vaultAddress,
			folder: folder("products", product.name),
			programs,
		},
	}));
	// Before the stand-ins of their kinds, which then are not made.
	await Promise.all(worlds.map(({ product, world }) => product.install(world)));
	await makeSurroundings(access, parseSite(site));
	await ready(kwok, async () => {
		const { items } = JSON.parse((await askApi(access, "GET", "/api/v1/nodes")).body);
		return items.every(({ status }: { status: { conditions?: { type: string; status: string }[] } }) =>
			status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
		);
	});
	const { kubeconfig } = files;
	const opened = await nodes?.start({ access, kubeconfig, site: parseSite(site), programs });
	await startProducts(
		worlds.map(({ product, world }) => ({
			product,
			world: opened === undefined ? world : { ...world, network: opened.network },
		})),
	);
	writeFileSync(siteFile, JSON.stringify(site, null, "\t"));
	const running = products.map((product) => product.name);
	return {
		...access,
		kubeconfig,
		vaultAddress,
		vaultToken,
		database,
		mailKey: mailKey.privateKey,
		certificate: nodes && (await selfSigned(folder("certificate"), labWorld.network.domain)),
		dns,
		site: siteFile,
		products: running,
		nodes: {
			names: nodes?.names ?? [],
			images: opened?.images.map(({ image, source }) => ({ image, source })) ?? [],
		},
	};
}
