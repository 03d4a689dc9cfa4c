import { describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { alice, bob, pod } from "./people.ts";
import { created, outcome, refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("limits");

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const asAlice = (method: string, path: string, body?: object) =>
	outcome(applied.world.as(alice.email, method, path, body));

describe("limits", () => {
	const bobs = (body: object) => outcome(applied.world.as(bob.email, "POST", pods("bob"), body));

	test("complete a pod that says nothing about resources", async () => {
		const { status, body } = await applied.world.as(alice.email, "POST", pods("alice"), pod("plain"));
		expect([status, body.spec?.containers[0].resources]).toEqual([
			201,
			{
				requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
				limits: { memory: "256Mi", "ephemeral-storage": "1Gi" },
			},
		]);
	});

	test("stop a container that wants more than the tier has", async () => {
		const large = { resources: { limits: { memory: "9Gi" } } };
		expect(await asAlice("POST", pods("alice"), pod("large", {}, large))).toEqual(
			refused("maximum memory usage per Container is 4Gi, but limit is 9Gi"),
		);
	});

	test("count the pods of a namespace", async () => {
		for (const name of ["one", "two", "three"]) expect(await bobs(pod(name))).toEqual(created);
		expect(await bobs(pod("four"))).toEqual(
			refused("exceeded quota: user-quota, requested: pods=1, used: pods=3, limited: pods=3"),
		);
	});

	test("count claims", async () => {
		const claims = "/api/v1/namespaces/bob/persistentvolumeclaims";
		const claim = (name: string) => ({
			metadata: { name },
			spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
		});
		expect(await outcome(applied.world.as(bob.email, "POST", claims, claim("one")))).toEqual(created);
		expect(await outcome(applied.world.as(bob.email, "POST", claims, claim("two")))).toEqual(
			refused("exceeded quota: user-quota, requested: persistentvolumeclaims=1"),
		);
	});

	test.for(["tier-0-core", "tier-3-edge", "gpu-workload", "system-cluster-critical", "system-node-critical"])(
		"keep tenants out of class %s",
		async (priorityClassName) => {
			expect(await asAlice("POST", pods("alice"), pod("important", { priorityClassName }))).toEqual(
				refused("exceeded quota: priority-guard, requested: pods=1, used: pods=0, limited: pods=0"),
			);
		},
	);

	test("keep tenants out of a class that nobody has listed", async () => {
		const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
		const vendor = { metadata: { name: "vendor-critical" }, value: 900_000_000 };
		expect(await outcome(applied.world.plane.ask("POST", classes, vendor))).toEqual(created);
		const make = () =>
			asAlice("POST", pods("alice"), pod("important", { priorityClassName: "vendor-critical" }));
		await waitFor(
			"admission has heard of the class",
			async () => !(await make())[1].includes("no PriorityClass"),
			{
				within: 30_000,
			},
		);
		expect(await make()).toEqual(refused("exceeded quota: priority-guard"));
	});

	test.for(["nvidia.com/gpu", "example.org/device", "hugepages-2Mi"])(
		"leave %s to whom the site gives it",
		async (resource) => {
			const resources = { limits: { [resource]: resource.startsWith("huge") ? "2Mi" : "1", memory: "64Mi" } };
			const refusal = refused("ValidatingAdmissionPolicy 'tenant-resources'");
			expect(await asAlice("POST", pods("alice"), pod("device", {}, { resources }))).toEqual(refusal);
			const { spec } = pod("device");
			const initContainers = [{ ...spec.containers[0], name: "first", resources }];
			expect(await asAlice("POST", pods("alice"), pod("device", { initContainers }))).toEqual(refusal);
		},
	);

	test("leave a pod the disk of its node in shares", async () => {
		const resources = { limits: { "ephemeral-storage": "41Gi", memory: "64Mi" } };
		expect(await asAlice("POST", pods("alice"), pod("disk", {}, { resources }))).toEqual(
			refused("exceeded quota: user-quota, requested: limits.ephemeral-storage=41Gi"),
		);
	});

	test("count what is kept", async () => {
		const path = "/api/v1/namespaces/bob/configmaps";
		let last: readonly [number, string] = [0, ""];
		for (let index = 0; index < 101 && last[0] !== 403; index++)
			last = await outcome(applied.world.as(bob.email, "POST", path, { metadata: { name: `c${index}` } }));
		expect(last).toEqual(refused("exceeded quota: user-quota, requested: count/configmaps=1"));
	});

	test("leave tenants their own class", async () => {
		const { status, body } = await applied.world.as(
			alice.email,
			"POST",
			pods("alice"),
			pod("humble", { priorityClassName: "tier-4-aux" }),
		);
		expect([status, body.spec?.priority, body.spec?.preemptionPolicy]).toEqual([201, 200_000, "Never"]);
	});

	test("are not the owner's to change", async () => {
		const quota = "/api/v1/namespaces/alice/resourcequotas/user-quota";
		expect((await asAlice("PATCH", quota, { spec: { hard: { pods: "100" } } }))[0]).toBe(403);
		expect((await asAlice("DELETE", quota))[0]).toBe(403);
		expect(
			(await asAlice("PATCH", "/api/v1/namespaces/alice", { metadata: { labels: { tier: "0-core" } } }))[0],
		).toBe(403);
	});
});

describe("a pod of a tenant", () => {
	const volume = (source: object) => ({ volumes: [{ name: "v", ...source }] });

	test.for<[what: string, spec: object]>([
		["the node's network", { hostNetwork: true }],
		["the node's files", volume({ hostPath: { path: "/" } })],
		["an NFS server", volume({ nfs: { server: "192.0.2.1", path: "/" } })],
		["no security context", { securityContext: {} }],
	])("with %s is refused by Pod Security", async ([, spec]) => {
		expect(await asAlice("POST", pods("alice"), pod("bad", spec))).toEqual(
			refused('violates PodSecurity "restricted:latest"'),
		);
	});

	test("with privileges is refused by Pod Security", async () => {
		expect(
			await asAlice("POST", pods("alice"), pod("bad", {}, { securityContext: { privileged: true } })),
		).toEqual(refused('violates PodSecurity "restricted:latest"'));
	});

	test("with a volume that a driver makes inline is refused by the admission policy", async () => {
		expect(
			await asAlice("POST", pods("alice"), pod("bad", volume({ csi: { driver: "nfs.csi.k8s.io" } }))),
		).toEqual(refused("ValidatingAdmissionPolicy 'tenant-volumes'"));
	});

	test("with an NFS server is refused where Pod Security would let it pass", async () => {
		const { plane } = applied.world;
		await plane.ask("DELETE", `${pods("bob")}/one`);
		const bad = pod("bad", volume({ nfs: { server: "192.0.2.1", path: "/" } }));
		await waitFor(
			"the quota has room again",
			async () =>
				(await outcome(applied.world.as(bob.email, "POST", pods("bob"), bad)))[1].includes(
					"ValidatingAdmissionPolicy 'tenant-volumes'",
				),
			{ within: 20_000, every: 500 },
		);
	});

	test("with files of the namespace is admitted", async () => {
		const spec = {
			volumes: [
				{ name: "a", emptyDir: {} },
				{ name: "b", configMap: { name: "b" } },
			],
		};
		expect(await asAlice("POST", pods("alice"), pod("good", spec))).toEqual(created);
	});
});
