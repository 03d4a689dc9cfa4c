/**
 * Runs in the network of nodes and serves them: images, the way in for the API server, the API for pods, and folders for
 * the volumes that are simulated elsewhere. Argument: the file of its settings.
 */
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { relay } from "../cluster-network/relay.ts";
import { type ApiAccess, askApi } from "../kubernetes-api.ts";
import { connectProxy } from "./connect-proxy.ts";
import { type Layouts, mirror } from "./mirror.ts";
import { keeperPorts } from "./node-files.ts";

export interface KeeperSettings {
	readonly access: ApiAccess;
	readonly layouts: Layouts;
	/** Address of the network's programs. */
	readonly address: string;
}

const settings = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as KeeperSettings;
const { access, layouts, address } = settings;
connectProxy().listen(keeperPorts.egress, "127.0.0.1");
mirror(layouts).listen(keeperPorts.images, "127.0.0.1");
relay({ host: "127.0.0.1", port: Number(new URL(access.host).port) }).listen(keeperPorts.api, address);

/** Makes the folder of every volume that lies in one. */
async function makeVolumes(): Promise<void> {
	const { items } = JSON.parse((await askApi(access, "GET", "/api/v1/persistentvolumes")).body) as {
		items: { spec: { local?: { path: string } } }[];
	};
	for (const { spec } of items) {
		if (spec.local === undefined) continue;
		// The kubelet gives it to the group of the pod.
		if (mkdirSync(spec.local.path, { recursive: true }) !== undefined) chmodSync(spec.local.path, 0o777);
	}
}

for (;;) {
	await makeVolumes().catch((error: Error) => process.stderr.write(`${error.message}\n`));
	await sleep(300);
}
