import { expect, test } from "vitest";
import { loadSite } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates } from "../../world/pods.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import { testApp } from "../synth.ts";
import { additions, inventory } from "./home-inventory.ts";

const stacks = await loadStacks();

let synthesised: World | undefined;

/** The reference world as it would be written. */
async function home() {
	const site = await loadSite("home");
	synthesised ??= { site, stacks: (await testApp(stacks, site)).check().documents };
	const objects = kubernetesObjects(synthesised).all;
	return { world: synthesised, objects, resources: synthesised.stacks.flatMap((stack) => stack.resources) };
}

const specOf = ({ resource }: KubernetesObject) => block(resource.arguments.spec);
const numbers = (count: Json | undefined) => Array.from({ length: Number(count) }, (_, index) => index);

/** Claims that a stateful set makes: one for each pod and template (`<template>-<pod>`). */
const claimsOfSet = (set: KubernetesObject) =>
	blocks(specOf(set).volume_claim_template, "").flatMap(({ block: template }) =>
		numbers(specOf(set).replicas).map(
			(index) => `${set.namespace}/${plain(block(template.metadata).name)}-${set.name}-${index}`,
		),
	);

/** Claims that the chart of Vault makes: its set is named like the release, its templates like what they are for. */
function claimsOfVault(resources: readonly Resource[]): string[] {
	const release = resources.find(
		({ type, arguments: { chart } }) => type === "helm_release" && chart === "vault",
	);
	const { namespace, name, values } = release?.arguments ?? {};
	const { server } = JSON.parse(String((values as Json[])[0]));
	expect([server.dataStorage.enabled, server.auditStorage.enabled]).toEqual([true, true]);
	expect(String(namespace)).toContain("kubernetes_namespace_v1");
	return ["data", "audit"].flatMap((template) =>
		numbers(server.ha.replicas).map((index) => `vault/${template}-${name}-${index}`),
	);
}

test("namespaces are those that hold the data", async () => {
	const { objects } = await home();
	const owned = objects.filter(
		({ kind, resource }) => kind === "namespace" && !resource.path.startsWith("vault/namespace-"),
	);
	expect(
		owned.map(({ name }) => name).sort(),
		"a namespace of a new stack goes into `additions` of test/stacks/home-inventory.ts",
	).toEqual([...inventory.namespaces, ...additions.namespaces].sort());
});

test("claims are those that hold the data", async () => {
	const { objects, resources } = await home();
	const claims = objects
		.filter(({ kind }) => kind === "persistent_volume_claim")
		.map(({ namespace, name }) => `${namespace}/${name}`);
	const ofSets = objects.filter(({ kind }) => kind === "stateful_set").flatMap(claimsOfSet);
	expect([...claims, ...ofSets, ...claimsOfVault(resources)].sort()).toEqual(
		[...inventory.claims, ...additions.claims].sort(),
	);
});

test("claims are of the classes that have their volumes", async () => {
	const { objects } = await home();
	const classes = objects
		.filter(({ kind }) => kind === "persistent_volume_claim")
		.map((claim) => [`${claim.namespace}/${claim.name}`, specOf(claim).storage_class_name]);
	expect(Object.fromEntries(classes)).toEqual(inventory.classes);
});

test("static volumes lead to the directories that hold the data", async () => {
	const { objects } = await home();
	const volumes = objects
		.filter(({ kind }) => kind === "persistent_volume")
		.map(({ name, resource }) => {
			const [spec] = blocks(resource.arguments.spec, "");
			const { csi } = block(block(spec?.block.persistent_volume_source));
			return [name, block(block(csi).volume_attributes).share];
		});
	expect(Object.fromEntries(volumes)).toEqual(inventory.volumes);
});

test("pods look for the data where it lies on its volume", async () => {
	const { world } = await home();
	const places = podTemplates(world)
		.filter(({ owner: { kind } }) => kind === "deployment" || kind === "stateful_set")
		.flatMap(({ owner, volumes, containers }) => {
			const templates = blocks(specOf(owner).volume_claim_template, "");
			const kept = new Set([
				...volumes
					.filter(({ block: volume }) => volume.persistent_volume_claim)
					.map(({ block: volume }) => volume.name),
				...templates.map(({ block: template }) => block(template.metadata).name),
			]);
			return containers
				.flatMap(({ block: container }) => blocks(container.volume_mount, ""))
				.filter(({ block: mount }) => kept.has(mount.name))
				.map(({ block: mount }) => [
					`${owner.namespace}/${owner.name} ${mount.mount_path}`,
					mount.sub_path ?? "",
				]);
		});
	expect(Object.fromEntries(places)).toEqual(inventory.places);
});

test("engines of Vault are those that hold the data", async () => {
	const { resources } = await home();
	const mounts = resources
		.filter(({ type }) => type === "vault_mount")
		.map(({ arguments: { path } }) => path);
	expect(mounts.sort()).toEqual(inventory.vaultMounts);
});

test("keys that open states are those that they were encrypted for", async () => {
	const { world, resources } = await home();
	const owners = world.site.vault.encryptedStates;
	const keys = resources
		.filter(({ type }) => type === "vault_transit_secret_backend_key")
		.map(({ arguments: { name } }) => String(name))
		.filter((name) => owners.some((owner) => name.endsWith(`-${owner}`)));
	expect(keys.sort()).toEqual([...inventory.stateKeys, ...additions.stateKeys].sort());
});

test("machines are those that run", async () => {
	const { resources } = await home();
	const machines = resources
		.filter(
			({ type, arguments: { template } }) => type === "proxmox_virtual_environment_vm" && template !== true,
		)
		.map(({ arguments: { vm_id, node_name } }) => [vm_id, node_name]);
	expect(Object.fromEntries(machines)).toEqual(inventory.machines);
});

test("records are in the zones that hold the names", async () => {
	const { resources } = await home();
	const names = resources
		.filter(({ type }) => type === "cloudflare_dns_record")
		.map(({ arguments: { name } }) => String(name));
	const zones = inventory.zones as readonly string[];
	expect(names.length).toBeGreaterThan(10);
	expect(names.filter((name) => !zones.some((zone) => name === zone || name.endsWith(`.${zone}`)))).toEqual(
		[],
	);
});
