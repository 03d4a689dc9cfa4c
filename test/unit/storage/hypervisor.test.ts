import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { Hypervisor } from "../../../constructs/storage/hypervisor/hypervisor.ts";
import type { Resource, StackDocument } from "../../../world/world.ts";
import { synthesise } from "../../synth.ts";

const worlds = new Map<string, Promise<StackDocument>>();

/** The machines of a site, synthesised at the first use. */
function build(site: "home" | "lab"): Promise<StackDocument> {
	const known = worlds.get(site);
	if (known !== undefined) return known;
	const world = loadSite(site).then((loaded) =>
		synthesise((stack) => void new Hypervisor(stack, "hypervisor"), loaded),
	);
	worlds.set(site, world);
	return world;
}

const machineType = "proxmox_virtual_environment_vm";

async function machine(site: "home" | "lab", name: string): Promise<Resource["arguments"]> {
	const { resources } = await build(site);
	const found = resources.find((one) => one.type === machineType && one.arguments.name === name);
	if (found === undefined) throw new Error(`no machine ${name}`);
	return found.arguments;
}

const managedMachines = ["registry", "node-a", "node-b"];

describe("a machine", () => {
	test("is made only where the site says that it is managed", async () => {
		const all = (await build("home")).resources.filter(({ type }) => type === machineType);
		expect(all.map(({ arguments: { vm_id } }) => Number(vm_id)).sort((one, other) => one - other)).toEqual([
			200, 202, 220, 1000, 1001, 2000,
		]);
	});

	test.for(managedMachines)("cannot be destroyed by a plan: %s", async (name) => {
		expect((await machine("lab", name)).lifecycle).toMatchObject({ prevent_destroy: true });
	});

	test.for(managedMachines)("is never restarted by a plan: %s", async (name) => {
		expect(await machine("lab", name)).toMatchObject({ reboot: false, reboot_after_update: false });
	});

	test.for(managedMachines)("keeps disks attached by others, however many: %s", async (name) => {
		expect((await machine("lab", name)).lifecycle).toMatchObject({
			ignore_changes: expect.arrayContaining(["disk"]),
		});
	});

	test("takes bridge and VLAN from the subnet that it is in", async () => {
		expect((await machine("home", "k8s-master")).network_device).toMatchObject([
			{ bridge: "vmbr1", vlan_id: 20, mac_address: "00:50:56:B0:A1:39" },
		]);
	});

	test("has no VLAN where its subnet has none", async () => {
		expect((await machine("lab", "node-a")).network_device).toMatchObject([{ bridge: "vmbr0", vlan_id: 0 }]);
	});

	test("starts and stops at its turn", async () => {
		expect((await machine("home", "docker-registry")).startup).toEqual({
			order: 3,
			up_delay: 60,
			down_delay: 120,
		});
	});

	test("that was made by hand gets neither clone nor cloud-init", async () => {
		expect(await machine("home", "k8s-node2")).not.toHaveProperty("clone");
		expect(await machine("home", "k8s-node2")).not.toHaveProperty("initialization");
	});

	test("with a passed-through device has UEFI and the q35 chipset", async () => {
		expect(await machine("lab", "node-b")).toMatchObject({
			machine: "q35",
			bios: "ovmf",
			hostpci: [{ device: "hostpci0", mapping: "gpu", pcie: true }],
		});
	});

	test("without one keeps the ordinary chipset", async () => {
		expect(await machine("lab", "node-a")).not.toHaveProperty("machine");
	});
});

describe("a machine from a template", () => {
	const registry = () => machine("home", "docker-registry");

	test("is a full copy, made after the template", async () => {
		expect((await registry()).clone).toEqual({
			full: true,
			vm_id: expect.stringMatching(
				/^\$\{proxmox_virtual_environment_vm\..*docker-registry-template.*\.vm_id\}$/,
			),
		});
	});

	test("has the fixed address of its host", async () => {
		expect((await registry()).initialization).toMatchObject({
			ip_config: [{ ipv4: { address: "10.0.20.10/24", gateway: "10.0.20.1" } }],
		});
	});

	test("has an account with SSH keys and no password", async () => {
		expect((await machine("lab", "registry")).initialization).toMatchObject({
			user_account: { username: "operator", keys: [expect.stringMatching(/^ssh-ed25519 /)] },
		});
		expect(JSON.stringify((await registry()).initialization)).not.toContain("password");
	});

	test("waits for keys from Terraform where the site lists none", async () => {
		expect((await registry()).initialization).toMatchObject({
			user_account: { keys: "${var.operator_ssh_keys}" },
		});
		expect((await build("home")).json.variable).toHaveProperty("operator_ssh_keys.type", "list(string)");
		expect((await build("lab")).json).not.toHaveProperty("variable");
	});
});

test("a template is made from an image of a fixed release, which is checked", async () => {
	const image = (await build("home")).resources.find(({ type }) => type === "proxmox_download_file");
	expect(image?.arguments).toMatchObject({
		url: expect.stringContaining("/20260911/"),
		file_name: "ubuntu-2404-20260911.qcow2",
		checksum_algorithm: "sha256",
		content_type: "import",
	});
	expect((await machine("home", "docker-registry-template")).disk).toMatchObject([
		{ import_from: expect.stringMatching(/^\$\{proxmox_download_file\..*\.id\}$/) },
	]);
});

test("the provider gets its token from the environment and its SSH key from the agent", async () => {
	const [provider] = ((await build("home")).json.provider as { proxmox: object[] }).proxmox;
	expect(provider).toEqual({
		endpoint: "https://192.168.1.127:8006/",
		insecure: expect.any(Boolean),
		ssh: { agent: true, username: "root", node: [{ name: "pve", address: "192.168.1.127" }] },
	});
});
