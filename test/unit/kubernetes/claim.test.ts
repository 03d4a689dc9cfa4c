import { describe, expect, test } from "vitest";
import { tiers } from "../../../config/tiers.ts";
import { Claim, type ClaimProps } from "../../../constructs/kubernetes/claim.ts";
import { TieredNamespace } from "../../../constructs/kubernetes/namespace.ts";
import { at, only, synthesise } from "../../synth.ts";

const GiB = 1024 ** 3;

/** Synthesises a claim of namespace and service `app`. */
function claimOf(props: DistributiveOmit<ClaimProps, "namespace" | "name">) {
	return synthesise((stack) => {
		const namespace = new TieredNamespace(stack, "namespace", {
			name: "app",
			tier: tiers.aux,
			holdsData: true,
		});
		new Claim(stack, "data", { namespace, name: "app", ...props });
	});
}

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

const claim = "kubernetes_persistent_volume_claim_v1";

describe("a claim on a block volume", () => {
	test.for([
		["database", "proxmox-lvm-encrypted", "app-data-encrypted"],
		["sensitive", "proxmox-lvm-encrypted", "app-data-encrypted"],
		["state", "proxmox-lvm", "app-data-proxmox"],
	] as const)("of %s data has class %s and is called %s", async ([holds, className, name]) => {
		const document = await claimOf({ holds, size: GiB, growTo: 5 * GiB });
		expect(at(only(document, claim), "spec.storage_class_name")).toBe(className);
		expect(at(only(document, claim), "metadata.name")).toBe(name);
		expect(at(only(document, claim), "spec.access_modes")).toEqual(["ReadWriteOnce"]);
	});

	test("grows while it holds what a size of its own would undo", async () => {
		const resource = only(await claimOf({ holds: "state", size: GiB, growTo: 5 * GiB }), claim);
		expect(at(resource, "metadata.annotations")).toEqual({
			"resize.topolvm.io/threshold": "20%",
			"resize.topolvm.io/increase": "50%",
			"resize.topolvm.io/storage_limit": "5Gi",
		});
		expect(at(resource, "lifecycle.ignore_changes")).toEqual(['spec[0].resources[0].requests["storage"]']);
	});

	test("is not waited for: it binds at the first pod", async () => {
		const resource = only(await claimOf({ holds: "state", size: GiB, growTo: GiB }), claim);
		expect(at(resource, "wait_until_bound")).toBe(false);
	});
});

describe("a claim on a directory of the NFS server", () => {
	const bulk = { holds: "bulk", capacity: GiB, directory: "media" } as const;

	test("mounts softly, with the options on the volume itself, and keeps its data", async () => {
		const volume = only(await claimOf(bulk), "kubernetes_persistent_volume_v1");
		expect(at(volume, "spec.mount_options")).toEqual([
			"nfsvers=4",
			"soft",
			"timeo=30",
			"retrans=3",
			"actimeo=5",
		]);
		expect(at(volume, "spec.persistent_volume_source.csi.volume_attributes")).toEqual({
			server: "127.0.0.1",
			share: "/srv/nfs/media",
		});
		expect(at(volume, "spec.persistent_volume_reclaim_policy")).toBe("Retain");
	});

	test("binds to its own volume, and the volume to no other claim", async () => {
		const document = await claimOf(bulk);
		expect(at(only(document, "kubernetes_persistent_volume_v1"), "spec.claim_ref")).toEqual({
			name: "app",
			namespace: at(only(document, claim), "metadata.namespace"),
		});
		const { address } = only(document, "kubernetes_persistent_volume_v1");
		const resource = only(document, claim);
		expect(at(resource, "spec.volume_name")).toBe(`\${${address}.metadata[0].name}`);
		expect(at(resource, "spec.access_modes")).toEqual(["ReadWriteMany"]);
	});
});

test("a database on NFS does not compile", () => {
	// @ts-expect-error only bulk data and backups may be shared
	const props: Parameters<typeof claimOf>[0] = { holds: "database", capacity: GiB };
	expect(props.holds).toBe("database");
});
