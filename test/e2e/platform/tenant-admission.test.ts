import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { renderOwnerIngress } from "../../../constructs/kubernetes/owner-ingress.ts";
import { ownAnnotations } from "./own-annotations.ts";
import { alice, bob, dave } from "./people.ts";
import { created, outcome, refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("admission");

const services = "/api/v1/namespaces/alice/services";
const ingresses = "/apis/networking.k8s.io/v1/namespaces/alice/ingresses";
const networkPolicies = "/apis/networking.k8s.io/v1/namespaces/alice/networkpolicies";
const bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice/rolebindings";
const asAlice = (method: string, path: string, body?: object) =>
	outcome(applied.world.as(alice.email, method, path, body));

/** What an ingress must have, as an app of this project has it. */
const protections = ownAnnotations(await loadSite("lab"));

describe("a host", () => {
	const backend = { service: { name: "web", port: { number: 80 } } };
	const ingress = (host: string | undefined, more: object = {}) => ({
		metadata: { name: "web", annotations: protections },
		spec: {
			rules: [
				{
					...(host === undefined ? {} : { host }),
					http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
				},
			],
			...more,
		},
	});

	test("of the registry's entry is served", async () => {
		const tls = [{ hosts: ["shop.lab.example.org"] }];
		expect(await asAlice("POST", ingresses, ingress("shop.lab.example.org", { tls }))).toEqual(created);
	});

	test.for<[what: string, body: object]>([
		["of somebody else", ingress("vault.lab.example.org")],
		["with a wildcard", ingress("*.lab.example.org")],
		["that is left open", ingress(undefined)],
		["with a default backend", ingress("shop.lab.example.org", { defaultBackend: backend })],
		[
			"with a certificate of the tenant's own",
			ingress("shop.lab.example.org", { tls: [{ hosts: ["vault.lab.example.org"], secretName: "mine" }] }),
		],
	])("%s is refused", async ([, body]) => {
		expect(await asAlice("POST", ingresses, body)).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-hosts'"),
		);
	});

	const traefik = (name: string) => `traefik.ingress.kubernetes.io/router.${name}`;
	const chain = "traefik-retry@kubernetescrd,traefik-error-pages@kubernetescrd";
	const annotated = (annotations: Record<string, string>) => ({
		...ingress("shop.lab.example.org"),
		metadata: { name: "annotated", annotations },
	});

	test.for<[key: string, value: string]>([
		[traefik("pathmatcher"), "PathPrefix(`/none`) || HostRegexp(`.+`) && PathPrefix"],
		[traefik("priority"), "1000000"],
		[traefik("entrypoints"), "web"],
		[traefik("middlewares"), chain],
		[traefik("middlewares"), "bob-strip@kubernetescrd"],
		[traefik("tls.options"), "platform-old@kubernetescrd"],
		["cloudflare.lab.example.org/dns-type", "proxied"],
		["uptime.lab.example.org/external-monitor", "true"],
		["gethomepage.dev/enabled", "true"],
		["external-dns.alpha.kubernetes.io/hostname", "vault.lab.example.org"],
		["kubernetes.io/ingress.class", "other"],
		["nginx.ingress.kubernetes.io/server-snippet", "x"],
		["tomorrow.example.org/anything", ""],
	])("with the annotation %s: %s is refused", async ([key, value]) => {
		expect(await asAlice("POST", ingresses, annotated({ [key]: value }))).toEqual(
			refused("annotations of an ingress are those of an app of this project"),
		);
	});

	test("takes the annotations of an app of this project, and the notes of clients", async () => {
		for (const protection of [{}, { protected: true }, { rateLimit: false }, { antiAi: false }]) {
			const { metadata } = renderOwnerIngress(await loadSite("lab"), {
				namespace: "alice",
				app: "annotated",
				host: "shop",
				backend: { name: "web", port: 80 },
				protection,
			});
			const own = { ...metadata.annotations, "kubectl.kubernetes.io/last-applied-configuration": "{}" };
			expect(await asAlice("POST", ingresses, annotated(own))).toEqual(created);
			await asAlice("DELETE", `${ingresses}/annotated`);
		}
	});

	test.for(["none", ...Object.keys(protections).filter((key) => key.startsWith("traefik."))])(
		"is refused without the annotations that protect it: %s",
		async (left) => {
			const annotations = Object.fromEntries(
				Object.entries(protections).filter(([key]) => left !== "none" && key !== left),
			);
			const body = { ...ingress("shop.lab.example.org"), metadata: { name: "bare", annotations } };
			expect(await asAlice("POST", ingresses, body)).toEqual(
				refused("an ingress has the annotations that protect it"),
			);
		},
	);

	test.for<[path: object]>([
		[{ path: "/", pathType: "ImplementationSpecific" }],
		[{ path: "/x`) || HostRegexp(`.+`) && PathPrefix(`/", pathType: "Prefix" }],
		[{ path: "/a b", pathType: "Exact" }],
		[{ path: "/{any:.*}", pathType: "Prefix" }],
		[{ path: "/a\nb", pathType: "Prefix" }],
	])("with the path %j is refused", async ([one]) => {
		const rules = [{ host: "shop.lab.example.org", http: { paths: [{ backend, ...one }] } }];
		expect(
			await asAlice("POST", ingresses, {
				metadata: { name: "path", annotations: protections },
				spec: { rules },
			}),
		).toEqual(refused("every path is of type Prefix or Exact"));
	});

	test.for(["/", "/api/v1.0/~me/a_b-c"])("with the path %s is served", async (one) => {
		const paths = ["Prefix", "Exact"].map((pathType) => ({ backend, pathType, path: one }));
		const rules = [{ host: "shop.lab.example.org", http: { paths } }];
		expect(
			await asAlice("POST", ingresses, {
				metadata: { name: "path", annotations: protections },
				spec: { rules },
			}),
		).toEqual(created);
		await asAlice("DELETE", `${ingresses}/path`);
	});

	test("is served by the site's controller alone", async () => {
		const other = ingress("shop.lab.example.org", { ingressClassName: "tailscale" });
		expect(
			await asAlice("POST", ingresses, { ...other, metadata: { name: "class", annotations: protections } }),
		).toEqual(refused("the class of an ingress is traefik"));
		const own = ingress("shop.lab.example.org", { ingressClassName: "traefik" });
		expect(
			await asAlice("POST", ingresses, { ...own, metadata: { name: "class", annotations: protections } }),
		).toEqual(created);
	});

	test("cannot be taken by a change", async () => {
		expect(await asAlice("PATCH", `${ingresses}/web`, ingress("vault.lab.example.org"))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-hosts'"),
		);
	});

	test("of a namespace without hosts is refused", async () => {
		const path = "/apis/networking.k8s.io/v1/namespaces/bob/ingresses";
		expect(await outcome(applied.world.as(bob.email, "POST", path, ingress("shop.lab.example.org")))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-hosts'"),
		);
	});

	test("of a namespace that is no tenant's is nobody's business", async () => {
		const path = "/apis/networking.k8s.io/v1/namespaces/other/ingresses";
		expect(await outcome(applied.world.plane.ask("POST", path, ingress("*.lab.example.org")))).toEqual(
			created,
		);
	});
});

describe("a Service", () => {
	const service = (name: string, spec: object) => ({
		metadata: { name },
		spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
	});

	test.for<[spec: object]>([
		[{ type: "NodePort" }],
		[{ type: "LoadBalancer" }],
		[{ type: "ExternalName", externalName: "redis-master.redis.svc.cluster.local" }],
		[{ externalIPs: ["192.0.2.1"] }],
	])("%j is refused", async ([spec]) => {
		expect(await asAlice("POST", services, service("bad", spec))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-services'"),
		);
	});

	test("with an instruction for a controller is refused", async () => {
		const annotations = {
			"traefik.ingress.kubernetes.io/service.serverstransport": "platform-inside@kubernetescrd",
		};
		const bad = service("bad", {});
		expect(await asAlice("POST", services, { ...bad, metadata: { ...bad.metadata, annotations } })).toEqual(
			refused("a Service has no annotations"),
		);
	});

	test("inside the cluster is created", async () => {
		expect(await asAlice("POST", services, service("web", {}))).toEqual(created);
	});
});

describe("a binding", () => {
	const binding = (subject: object, role = "view") => ({
		metadata: { name: `test-${role}` },
		roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
		subjects: [subject],
	});
	const user = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "oidc:x@example.com" };

	test.for<[what: string, subject: object]>([
		["another person", user],
		["everybody", { ...user, kind: "Group", name: "system:authenticated" }],
		["an account of another namespace", { kind: "ServiceAccount", name: "default", namespace: "bob" }],
	])("of %s is refused", async ([, subject]) => {
		expect(await asAlice("POST", bindings, binding(subject))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-role-bindings'"),
		);
	});

	test("of an account of the namespace is made", async () => {
		const account = { kind: "ServiceAccount", name: "default", namespace: "alice" };
		expect(await asAlice("POST", bindings, binding(account))).toEqual(created);
	});

	test("of a role with more rights is refused by RBAC", async () => {
		const account = { kind: "ServiceAccount", name: "default", namespace: "alice" };
		expect(await asAlice("POST", bindings, binding(account, "cluster-admin"))).toEqual(
			refused("not currently held"),
		);
	});

	test("of a person is an administrator's to make", async () => {
		const { status } = await applied.world.as(dave.email, "POST", bindings, binding(user, "edit"));
		expect(status).toBe(201);
		await applied.world.plane.ask("DELETE", `${bindings}/test-edit`);
	});
});

describe("network policies", () => {
	const policy = (policyTypes: string[]) => ({
		metadata: { name: "mine" },
		spec: { podSelector: {}, policyTypes, ingress: [{}] },
	});

	test("close the namespace but for its own pods, the ingress controller, names and the Internet", async () => {
		const { items } = (await applied.world.plane.ask("GET", networkPolicies)).body;
		const specs = Object.fromEntries(
			items.map(({ metadata, spec }: { metadata: { name: string }; spec: object }) => [metadata.name, spec]),
		);
		expect(specs["default-deny"]).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
		expect(specs["tenant-allowances"]).toMatchObject({
			podSelector: {},
			ingress: [
				{
					from: [
						{ podSelector: {} },
						{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "traefik" } } },
					],
				},
			],
			egress: [
				{ to: [{ podSelector: {} }] },
				{
					ports: [
						{ port: 53, protocol: "UDP" },
						{ port: 53, protocol: "TCP" },
					],
				},
				{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
			],
		});
		expect(specs["tenant-allowances"].egress[2].to[0].ipBlock.except).toEqual([
			"10.0.0.0/8",
			"100.64.0.0/10",
			"127.0.0.0/8",
			"169.254.0.0/16",
			"172.16.0.0/12",
			"192.0.2.0/24",
			"192.168.0.0/16",
			"198.51.100.0/24",
		]);
	});

	test("of the platform cannot be removed or changed by an owner", async () => {
		const own = `${networkPolicies}/tenant-allowances`;
		for (const request of [
			asAlice("DELETE", own),
			asAlice("PATCH", own, { spec: { egress: [{}] } }),
			asAlice("DELETE", `${networkPolicies}/default-deny`),
		])
			expect(await request).toEqual(refused("ValidatingAdmissionPolicy 'tenant-network-policies'"));
	});

	test("of an owner may let others in, and open nothing to the outside", async () => {
		expect(await asAlice("POST", networkPolicies, policy(["Ingress"]))).toEqual(created);
		expect(await asAlice("DELETE", `${networkPolicies}/mine`)).toEqual([200, ""]);
		expect(await asAlice("POST", networkPolicies, policy(["Ingress", "Egress"]))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-network-policies'"),
		);
	});
});

describe("an external secret", () => {
	const path = "/apis/external-secrets.io/v1/namespaces/alice/externalsecrets";
	const external = (name: string, spec: object) => ({
		apiVersion: "external-secrets.io/v1",
		kind: "ExternalSecret",
		metadata: { name },
		spec,
	});
	const own = { name: "shop", kind: "SecretStore" };
	const site = { name: "vault-kv", kind: "ClusterSecretStore" };
	const entry = { remoteRef: { key: "viktor" } };

	test.for<[from: string, spec: object]>([
		["it names", { secretStoreRef: site, dataFrom: [{ extract: { key: "viktor" } }] }],
		["a key names", { secretStoreRef: own, data: [{ ...entry, sourceRef: { storeRef: site } }] }],
		["an entry names", { dataFrom: [{ extract: { key: "viktor" }, sourceRef: { storeRef: site } }] }],
		[
			"a generator has",
			{ dataFrom: [{ sourceRef: { generatorRef: { kind: "ClusterGenerator", name: "site" } } }] },
		],
	])("is refused when the site's store is what %s", async ([, spec]) => {
		expect(await asAlice("POST", path, external("bad", spec))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-secret-stores'"),
		);
	});

	test("that makes an object of another kind is refused", async () => {
		const manifest = { apiVersion: "v1", kind: "ConfigMap" };
		expect(
			await asAlice(
				"POST",
				path,
				external("bad", { secretStoreRef: own, data: [entry], target: { manifest } }),
			),
		).toEqual(refused("an ExternalSecret makes a Secret"));
	});

	test("from the namespace's own store is made", async () => {
		const spec = { secretStoreRef: own, data: [entry] };
		expect(await asAlice("POST", path, external("good", spec))).toEqual(created);
	});

	test("from the site's store is the platform's to make elsewhere", async () => {
		const elsewhere = path.replace("/alice/", "/other/");
		expect(
			await outcome(applied.world.plane.ask("POST", elsewhere, external("it", { secretStoreRef: site }))),
		).toEqual(created);
	});
});

test("a copy of the site's certificate is refused in a tenant's namespace, even to an administrator", async () => {
	const copy = {
		metadata: { name: "tls-secret", labels: { "app.kubernetes.io/managed-by": "kyverno" } },
		stringData: { "tls.crt": "dummy" },
	};
	expect(await outcome(applied.world.plane.ask("POST", "/api/v1/namespaces/alice/secrets", copy))).toEqual(
		refused("ValidatingAdmissionPolicy 'tenant-copied-secrets'"),
	);
	expect(await outcome(applied.world.plane.ask("POST", "/api/v1/namespaces/other/secrets", copy))).toEqual(
		created,
	);
});

test.for(["configmaps", "secrets"])(
	"%s of a tenant are no rule files of Prometheus, whoever writes them",
	async (resource) => {
		const path = `/api/v1/namespaces/alice/${resource}`;
		const refusal = refused("ValidatingAdmissionPolicy 'tenant-rule-files'");
		const file = { metadata: { name: "alerts", labels: { "prometheus-rules": "load" } } };
		expect(await asAlice("POST", path, file)).toEqual(refusal);
		expect(await outcome(applied.world.plane.ask("POST", path, file))).toEqual(refusal);
		expect(await asAlice("POST", path, { metadata: { name: "alerts" } })).toEqual(created);
		expect(await asAlice("PATCH", `${path}/alerts`, file)).toEqual(refusal);
		const elsewhere = path.replace("/alice/", "/other/");
		expect(await outcome(applied.world.plane.ask("POST", elsewhere, file))).toEqual(created);
	},
);
