import { expect, test } from "vitest";
import { type ClusterObjects, directoryOf } from "../../../lab/cluster-network/directory.ts";

const metadata = { name: "web", namespace: "shop" };
const slice = (endpoint: object, ports: object[] = [{ name: "http", port: 8080 }]) =>
	({
		metadata: { ...metadata, labels: { "kubernetes.io/service-name": "web" } },
		endpoints: [{ addresses: ["198.51.100.2"], targetRef: { kind: "Pod", name: "web-1" }, ...endpoint }],
		ports,
	}) as ClusterObjects["slices"][number];
const services = [{ metadata, spec: { clusterIP: "10.96.0.7", ports: [{ name: "http", port: 80 }] } }];
const pods = [{ metadata: { name: "web-1", namespace: "shop", annotations: { "lab/answer": "500" } } }];
const answerer = { namespace: "shop", service: "web", pod: "web-1", answer: "500" };

test("a pod answers at its own address, and for its Service at the Service's port", () => {
	expect([...directoryOf({ services, pods, slices: [slice({})] })]).toEqual([
		["198.51.100.2:8080", answerer],
		["10.96.0.7:80", answerer],
	]);
});

test("nobody answers for a Service without a ready pod", () => {
	const slices = [slice({ conditions: { ready: false } })];
	expect(directoryOf({ services, pods, slices })).toEqual(new Map());
	const empty = { ...slice({}), endpoints: null, ports: null };
	expect(directoryOf({ services, pods, slices: [empty] })).toEqual(new Map());
});

test("a headless Service has no address of its own", () => {
	const headless = [{ metadata, spec: { clusterIP: "None", ports: [{ name: "http", port: 80 }] } }];
	const { size } = directoryOf({ services: headless, pods, slices: [slice({})] });
	expect(size).toBe(1);
});
