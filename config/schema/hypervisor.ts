import { imageRegistry } from "./image-registry.ts";
import { kubernetesNode } from "./kubernetes-node.ts";
import { bytes, hostName, ipv4, label, wholeSeconds, wholeSecondsOrNone } from "./primitives.ts";
import { GiB, MiB } from "./quantity.ts";
import { line, word } from "./texts.ts";
import { z } from "./zod.ts";

/** Proxmox counts memory in MiB and disks in GiB. */
const memory = bytes.refine((value) => value % MiB === 0, "expected whole MiB");
const disk = bytes.refine((value) => value % GiB === 0, "expected whole GiB");

/** Number of a machine on the hypervisor; the range is Proxmox's own. */
const machineId = z.int().min(100).max(999_999_999);

const macAddress = z
	.string()
	.regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/, "expected a MAC address such as 02:00:00:00:00:01")
	.refine((value) => (Number.parseInt(value, 16) & 1) === 0, "a multicast address belongs to no machine");

const publicKey = z
	.string()
	.regex(/^(ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa|sk-ssh-ed25519@openssh\.com) [A-Za-z0-9+/]+=*( \S+)?$/);

const networkInterface = z.strictObject({
	subnet: word.describe("Key of the subnet in `network.subnets`: bridge and VLAN follow from it"),
	mac: macAddress.optional(),
});

const startup = z.strictObject({
	order: z.int().min(1).describe("Lower numbers start earlier and stop later"),
	delay: wholeSecondsOrNone.describe("Wait before the next machine starts"),
	shutdownTimeout: wholeSeconds.describe("A guest that has not stopped by then is switched off"),
});

const virtualMachine = z.strictObject({
	id: machineId,
	purpose: line.describe("One line for the documentation table"),
	cores: z.int().min(1),
	memory,
	disk: disk.describe("Boot disk at creation; it grows by hand"),
	running: z.boolean().default(true).describe("A machine that is stopped takes no memory"),
	networks: z.array(networkInterface).min(1).describe("In the order of the guest's interfaces"),
	host: word.optional().describe("Key of the host in `network.hosts` that it is, if its address is fixed"),
	devices: z
		.array(word)
		.default([])
		.describe("Passed-through devices: names of resource mappings on the hypervisor"),
	managed: z
		.strictObject({
			startup,
			template: word
				.optional()
				.describe(
					"Key of the template that it is cloned from, with cloud-init; absent for a machine made by hand",
				),
			guest: z
				.enum(["l26", "other"])
				.default("l26")
				.describe("Kind of operating system, as Proxmox knows it"),
		})
		.optional()
		.describe("Present where this project makes and keeps the machine; absent where it is only listed"),
});

const template = z.strictObject({
	id: machineId,
	image: word.describe("Key of the image in `hypervisor.images`"),
	cores: z.int().min(1),
	memory,
	disk,
	provision: z
		.enum(["plain", "kubernetes-node", "image-registry"])
		.describe("What cloud-init makes of the image at the first boot"),
});

const cloudImage = z.strictObject({
	url: z
		.url({ protocol: /^https$/, error: "expected a URL that begins with https://" })
		.refine(
			(value) => /\/(release-)?\d{8}(-\d+)?\//.test(value),
			"expected a dated release: current and release move",
		),
	sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits"),
});

/** Terraform's variable with the operator's keys, of a site that lists none. */
export const operatorKeysVariable = "operator_ssh_keys";

/** The Proxmox machine, its virtual machines, and the templates and images that they are made from. */
export const hypervisor = z
	.strictObject({
		memory: bytes.describe("Memory of the hypervisor"),
		pool: z
			.strictObject({
				size: bytes,
				reserved: z.record(label, bytes).default({}).describe("Other volumes of the pool, at full size"),
			})
			.describe("Thin pool behind `storage.block.datastore`, which holds the disks"),
		bridges: z
			.record(z.string().regex(/^vmbr\d+$/, "expected a bridge such as vmbr0"), z.array(word).min(1))
			.describe("Subnets that each bridge carries"),
		files: word.describe("Datastore that takes images to import and cloud-init snippets"),
		sshUser: word.describe("User that puts the snippets there by SSH: the API takes none"),
		guests: z.strictObject({
			user: word.describe("Account of the operator; it has no password"),
			authorizedKeys: z
				.array(publicKey)
				.min(1)
				.optional()
				.describe(
					`SSH keys of the operator; without them Terraform asks for its variable ${operatorKeysVariable}`,
				),
			nameServers: z.array(ipv4).min(1),
			searchDomain: hostName,
		}),
		images: z.record(label, cloudImage),
		templates: z.record(label, template),
		machines: z.record(label, virtualMachine).describe("Every virtual machine, by name"),
		kubernetesNode,
		imageRegistry,
	})
	.superRefine((hypervisor, context) => {
		const problem = (path: PropertyKey[], message: string, input?: string, candidates?: string[]) =>
			context.addIssue({
				code: "custom",
				path,
				message,
				...(candidates === undefined ? {} : { params: { input, candidates } }),
			});
		const { machines, templates, images, pool, bridges } = hypervisor;

		const ids = new Map<number, string>();
		for (const [kind, entries] of Object.entries({ machines, templates }))
			for (const [name, { id }] of Object.entries(entries)) {
				const owner = ids.get(id);
				if (owner !== undefined) problem([kind, name, "id"], `id ${id} already belongs to ${owner}`);
				else ids.set(id, name);
			}

		const macs = new Map<string, string>();
		const carriers = Map.groupBy(
			Object.entries(bridges).flatMap(([bridge, subnets]) => subnets.map((subnet) => ({ bridge, subnet }))),
			({ subnet }) => subnet,
		);
		for (const [subnet, [first, second]] of carriers)
			if (first !== undefined && second !== undefined)
				problem(["bridges", second.bridge], `subnet ${subnet} is already carried by ${first.bridge}`);
		for (const [name, { networks, managed }] of Object.entries(machines))
			for (const [index, { subnet, mac }] of networks.entries()) {
				const path = ["machines", name, "networks", index];
				if (!carriers.has(subnet))
					problem([...path, "subnet"], `no bridge carries the subnet ${subnet}`, subnet, [
						...carriers.keys(),
					]);
				if (mac === undefined && managed !== undefined)
					problem([...path, "mac"], "missing: a machine that is made again would get another lease");
				if (mac === undefined) continue;
				const owner = macs.get(mac.toLowerCase());
				if (owner !== undefined) problem([...path, "mac"], `MAC ${mac} already belongs to ${owner}`);
				else macs.set(mac.toLowerCase(), name);
			}

		for (const [name, { image }] of Object.entries(templates))
			if (!Object.hasOwn(images, image))
				problem(["templates", name, "image"], `there is no image "${image}"`, image, Object.keys(images));
		for (const [name, { managed }] of Object.entries(machines)) {
			const template = managed?.template;
			if (template !== undefined && !Object.hasOwn(templates, template)) {
				const path = ["machines", name, "managed", "template"];
				problem(path, `there is no template "${template}"`, template, Object.keys(templates));
			}
		}

		const gibibytes = (value: number) => Math.ceil(value / GiB);
		const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
		const running = Object.values(machines).filter(({ running }) => running);
		const taken = sum(running.map(({ memory }) => memory));
		if (taken > hypervisor.memory)
			problem(
				["machines"],
				`the running ones take ${gibibytes(taken)}Gi of memory, the hypervisor has ${gibibytes(hypervisor.memory)}Gi`,
			);
		// The pool is thin and could be overcommitted; once it is full, every guest stops at its next write.
		const disks = [...Object.values(machines), ...Object.values(templates)].map(({ disk }) => disk);
		const promised = sum([...disks, ...Object.values(pool.reserved)]);
		if (promised > pool.size)
			problem(
				["pool", "size"],
				`disks and reserved volumes take ${gibibytes(promised)}Gi, the pool has ${gibibytes(pool.size)}Gi`,
			);
	});
