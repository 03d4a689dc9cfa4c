import { beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { alice } from "./people.ts";
import { refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("deployers");

const image = (tag: string) => ({
	spec: {
		template: { spec: { containers: [{ name: "web", image: `docker.io/library/nginx:${tag}` }] } },
	},
});

describe("of a Deployment, the token of a deployer", () => {
	const deployments = "/apis/apps/v1/namespaces/alice/deployments";
	const web = `${deployments}/web`;
	const container = { name: "web", image: "docker.io/library/nginx:1.29.2" };
	const pod = (change: object) => ({ spec: { template: { spec: change } } });
	const deployer = "system:serviceaccount:alice:v-alice-deployer-1767225600-abcdefghij0123456789";
	const ask = (method: string, body?: object, type = "application/json") =>
		applied.world.plane.ask(method, web, body, undefined, {
			"impersonate-user": deployer,
			"content-type": type,
		});
	const patch = (body: object, type = "application/strategic-merge-patch+json") => ask("PATCH", body, type);

	beforeAll(async () => {
		if (!applied.ready) return;
		await applied.world.as(alice.email, "POST", deployments, {
			metadata: { name: "web" },
			spec: {
				selector: { matchLabels: { app: "web" } },
				template: { metadata: { labels: { app: "web" } }, ...image("1.29.0").spec.template },
			},
		});
		// As Vault's engine binds the account that it makes.
		const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice";
		const rule = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch", "update"] };
		const { plane } = applied.world;
		await plane.ask("POST", `${rbac}/roles`, { metadata: { name: "alice-deployer" }, rules: [rule] });
		await plane.ask("POST", `${rbac}/rolebindings`, {
			metadata: { name: "deployer" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "alice-deployer" },
			subjects: [{ kind: "ServiceAccount", name: deployer.split(":")[3], namespace: "alice" }],
		});
		await waitFor("the right of the deployer", async () => (await ask("GET")).status === 200, {
			within: 60_000,
		});
	});

	test.for<[what: string, change: object]>([
		["another command", pod({ containers: [{ ...container, command: ["sh", "-c", "env"] }] })],
		["arguments", pod({ containers: [{ ...container, args: ["-v"] }] })],
		["secrets", pod({ containers: [{ ...container, envFrom: [{ secretRef: { name: "database" } }] }] })],
		["a variable", pod({ containers: [{ ...container, env: [{ name: "A", value: "b" }] }] })],
		["a second container", pod({ containers: [{ name: "other", image: container.image }] })],
		["a first container", pod({ initContainers: [{ name: "first", image: container.image }] })],
		["another account", pod({ serviceAccountName: "other" })],
		["volumes", pod({ volumes: [{ name: "v", secret: { secretName: "database" } }] })],
		[
			"hooks",
			pod({ containers: [{ ...container, lifecycle: { postStart: { exec: { command: ["a"] } } } }] }),
		],
		["another number of pods", { spec: { replicas: 5 } }],
		["another strategy", { spec: { strategy: { type: "Recreate", rollingUpdate: null } } }],
		["annotations of its pods", { spec: { template: { metadata: { annotations: { a: "b" } } } } }],
		["labels", { metadata: { labels: { a: "b" } } }],
		["annotations", { metadata: { annotations: { a: "b" } } }],
		[
			"an owner",
			{
				metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "it", uid: "8a7d" }] },
			},
		],
	])("does not change %s", async ([, change]) => {
		const { status, body } = await patch(change);
		expect([status, body.message]).toEqual(refused("ValidatingAdmissionPolicy 'tenant-deployers'"));
		expect((await applied.world.as(alice.email, "PATCH", `${web}?dryRun=All`, change)).status).toBe(200);
	});

	test("sets the image of every container, as kubectl does, by every kind of patch and by replacing it", async () => {
		await applied.world.as(
			alice.email,
			"PATCH",
			web,
			pod({ initContainers: [{ name: "first", image: container.image }] }),
		);
		const first = { name: "first", image: "docker.io/library/busybox:1.37" };
		const both = pod({ containers: [container], initContainers: [first] });
		expect((await patch(both)).status).toBe(200);
		expect((await patch(image("1.29.3"), "application/merge-patch+json")).status).toBe(200);
		const read = async () => {
			const { body } = await ask("GET");
			return { body, spec: body.spec.template.spec };
		};
		const { spec } = await read();
		expect([spec.containers[0].image, spec.initContainers[0].image]).toEqual([
			"docker.io/library/nginx:1.29.3",
			first.image,
		]);
		const statuses: number[] = [];
		await waitFor(
			"it is replaced at the version that was read",
			async () => {
				const { body, spec } = await read();
				spec.containers[0].image = "docker.io/library/nginx:1.29.4";
				statuses.push((await ask("PUT", body)).status);
				// Its controller may have written in between.
				return statuses.at(-1) !== 409;
			},
			{ within: 60_000 },
		);
		expect(statuses.at(-1)).toBe(200);
	});
});
