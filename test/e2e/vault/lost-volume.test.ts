import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { needsPrograms } from "../harness/programs.ts";
import { once } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import { found, RaftServer } from "./raft-server.ts";

needs("root", "ip");
const ready = needsPrograms("bao|vault");

const { server } = (await loadSite("home")).vault;
const replicas = server.kind === "chart" ? server.replicas : 0;

const within = 60_000;
/** Of all that is waited for, one after the other. */
const patience = 600_000;

/** The last server loses its volume, and reaches the others only some time after its start. */
const lost = once(async () => {
	using network = new Network();
	const servers = Array.from(
		{ length: replicas },
		(_, ordinal) => new RaftServer(network, ordinal, replicas),
	);
	const [first, last] = [servers[0], servers.at(-1)] as [RaftServer, RaftServer];
	const others = servers.slice(0, -1);
	const token = await found(servers);

	await last.loseVolume();
	last.cutOffFrom(others);
	last.start();
	const alone = await waitFor("it answers", () => last.status(), { within });
	last.reconnectTo(others);
	const joined = await waitFor("it is unsealed", () => sealed(last) === false && last.status(), { within });
	const complete = () => first.members(token).join() === servers.map(({ name }) => name).join();
	await waitFor("all are members", complete, { within, every: 500 });
	const get = ["kv", "get", "-format=json", "secret/app"];
	const entry = await waitFor("it has the entry", () => last.ask(get, token), { within });
	return { alone, joined, entry, cluster: first.status() };
});

function sealed(server: RaftServer): unknown {
	return server.status().sealed;
}

describe("a server of Vault loses its volume", () => {
	test.skipIf(!ready)(
		"as long as it reaches no other, it says what one says that was never initialised",
		async () => {
			expect((await lost()).alone).toMatchObject({ initialized: false, sealed: true });
		},
		patience,
	);

	test.skipIf(!ready)(
		"it joins the others by itself, and has what they have",
		async () => {
			const { joined, entry, cluster } = await lost();
			expect(joined).toMatchObject({ initialized: true, cluster_id: cluster.cluster_id });
			expect(entry).toMatchObject({ data: { data: { password: "x" } } });
		},
		patience,
	);
});
