import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, type TestContext, test } from "vitest";
import { loadSite } from "../../config/load-site.ts";
import type { Site } from "../../config/schema/site.ts";
import { Hypervisor } from "../../constructs/storage/hypervisor/hypervisor.ts";
import { synthesise, temporaryFolder } from "../synth.ts";
import { installed } from "../unit/schema/installed.ts";

/** A change of one resource in Terraform's plan. */
interface Change {
	readonly type: string;
	readonly name: string;
	readonly provider_name: string;
	readonly change: { readonly actions: readonly string[]; readonly after: Values };
}

type Values = Record<string, unknown>;

const run = promisify(execFile);
/** The provider wants a token of this form before it plans; nothing listens that would look at it. */
const environment = {
	...process.env,
	PROXMOX_VE_API_TOKEN: "lab@pve!plan=00000000-0000-0000-0000-000000000000",
};
const machineType = "proxmox_virtual_environment_vm";

/** A folder with the machines of the lab in which Terraform has been initialised, and a way to run it there. */
async function laboratory(context: TestContext, site?: Site) {
	const provider = await installed("proxmox");
	if (typeof provider === "string") return context.skip(provider);
	const folder = temporaryFolder();
	await write(folder, site ?? (await loadSite("lab")));
	const options = { cwd: folder, env: environment, maxBuffer: 64 * 1024 ** 2 };
	const terraform = (...words: string[]) => run("terraform", words, options);
	await terraform("init", "-input=false");
	return { folder, terraform };
}

/** Writes the machines of a site. The state of the stack is elsewhere; here it is beside the document. */
async function write(folder: string, site: Site): Promise<void> {
	const { json } = await synthesise((stack) => void new Hypervisor(stack, "hypervisor"), site);
	const { backend: _, ...settings } = json.terraform as Values;
	writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ ...json, terraform: settings }));
}

async function plan({ terraform }: Awaited<ReturnType<typeof laboratory>>): Promise<readonly Change[]> {
	await terraform("plan", "-input=false", "-refresh=false", "-out=plan");
	return JSON.parse((await terraform("show", "-json", "plan")).stdout).resource_changes;
}

test("Terraform accepts every machine without a warning", async (context) => {
	const { terraform } = await laboratory(context);
	const { diagnostics } = JSON.parse((await terraform("validate", "-json")).stdout);
	expect(diagnostics.map(({ summary, detail }: Record<string, string>) => `${summary}: ${detail}`)).toEqual(
		[],
	);
});

test("a first plan needs no hypervisor, and makes what the site lists", async (context) => {
	const changes = await plan(await laboratory(context));
	const machines = changes.filter(({ type }) => type === machineType);
	const ids = machines.map(({ change }) => Number(change.after.vm_id));
	expect(ids.sort((one, other) => one - other)).toEqual([110, 111, 112, 1000, 1001, 2000]);
	// What the provider makes of an interface that does not say so.
	expect(machines[0]?.change.after.network_device).toMatchObject([{ enabled: true, bridge: "vmbr0" }]);
});

test("no plan takes away the disks that the CSI driver attaches, however many", async (context) => {
	const lab = await laboratory(context);
	const machines = (await plan(lab)).filter(({ type }) => type === machineType);
	const instances = machines.map(({ name, provider_name, change: { after } }) => {
		const [boot] = after.disk as readonly object[];
		const volumes = Array.from({ length: 12 }, (_, index) => ({
			...boot,
			interface: `scsi${index + 1}`,
			path_in_datastore: `vm-9999-pvc-${index}`,
		}));
		const isTemplate = after.template === true;
		const attributes = { ...after, id: String(after.vm_id), disk: isTemplate ? [boot] : [boot, ...volumes] };
		const instance = { schema_version: 0, attributes };
		const provider = `provider["${provider_name}"]`;
		return { mode: "managed", type: machineType, name, provider, instances: [instance] };
	});
	const state = { version: 4, serial: 1, lineage: "lab", outputs: {}, resources: instances };
	writeFileSync(join(lab.folder, "terraform.tfstate"), JSON.stringify(state));

	const planned = (await plan(lab)).filter(
		({ type, change }) => type === machineType && change.after.template !== true,
	);
	const disksOf = ({ change }: Change) => (change.after.disk as readonly object[]).length;
	expect(planned.map((change) => [change.change.after.name, disksOf(change)]).sort()).toEqual([
		["node-a", 13],
		["node-b", 13],
		["registry", 13],
	]);
});

test("a newer image replaces its templates and no machine", async (context) => {
	const lab = await laboratory(context);
	const resources = (await plan(lab)).map(({ type, name, provider_name, change: { after } }) => ({
		mode: "managed",
		type,
		name,
		provider: `provider["${provider_name}"]`,
		instances: [{ schema_version: 0, attributes: { ...after, id: String(after.vm_id ?? `local:${name}`) } }],
	}));
	const state = { version: 4, serial: 1, lineage: "lab", outputs: {}, resources };
	writeFileSync(join(lab.folder, "terraform.tfstate"), JSON.stringify(state));

	const site = await loadSite("lab");
	const images = Object.fromEntries(
		Object.entries(site.hypervisor.images).map(([name, { url }]) => [
			name,
			{ url: url.replace(/\d{8}/, "20300101"), sha256: "0".repeat(64) },
		]),
	);
	await write(lab.folder, { ...site, hypervisor: { ...site.hypervisor, images } });
	const actions = new Map(
		(await plan(lab)).map(({ type, change }) => [`${type} ${change.after.name}`, change.actions]),
	);
	const replaced = [...actions].filter(([, words]) => words.includes("delete")).map(([name]) => name);
	expect(replaced.filter((name) => name.startsWith(machineType)).length).toBe(3);
	for (const machine of ["node-a", "node-b", "registry"])
		expect(actions.get(`${machineType} ${machine}`)).not.toContain("delete");
	expect(actions.get("proxmox_download_file undefined")).toEqual(["create", "delete"]);
});
