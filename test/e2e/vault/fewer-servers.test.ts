import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { found, RaftServer } from "./raft-server.ts";

needs("root", "ip");
const ready = needsPrograms("bao|vault");

const within = 180_000;
const every = 500;

/** What the stack of a site with three servers tells Vault of those that are gone, as arguments of the command line. */
async function settings(): Promise<Readonly<Record<string, string>>> {
	const app = await testApp(await loadStacks(), await loadSite("home"));
	const [autopilot] = app
		.check()
		.documents.flatMap(({ resources }) => resources)
		.filter(({ type }) => type === "vault_raft_autopilot");
	return Object.fromEntries(
		Object.entries(autopilot?.arguments ?? {}).flatMap(([name, value]) =>
			["string", "number", "boolean"].includes(typeof value)
				? [[name.replaceAll("_", "-"), String(value)]]
				: [],
		),
	);
}

test.skipIf(!ready)(
	"of five servers of Vault two go, and leave the vote; one that is cut off for short stays, and one more may fail",
	async () => {
		using network = new Network();
		const servers = Array.from({ length: 5 }, (_, ordinal) => new RaftServer(network, ordinal, 5));
		const [first, , third, fourth, fifth] = servers as [
			RaftServer,
			RaftServer,
			RaftServer,
			RaftServer,
			RaftServer,
		];
		const token = await found(servers);
		const configure = (options: Readonly<Record<string, string>>) =>
			first.run(
				[
					...["operator", "raft", "autopilot", "set-config"],
					...Object.entries(options).map(([name, value]) => `-${name}=${value}`),
				],
				token,
			);
		const members = () => first.members(token).map((name) => Number(name.at(-1)));
		const state = () =>
			first.ask(["operator", "raft", "autopilot", "state", "-format=json"], token) as {
				readonly Servers: Readonly<
					Record<string, { readonly Healthy: boolean; readonly LastContact: string }>
				>;
			};
		const healthy = ({ name }: RaftServer) => state().Servers[name]?.Healthy;
		/** Seconds that the server which has given no sign for longest is silent. */
		const silent = () => Math.max(...Object.values(state().Servers).map((one) => secondsOf(one.LastContact)));
		const of = await settings();
		expect(of).toMatchObject({ "cleanup-dead-servers": "true", "min-quorum": "3" });
		configure(of);
		// As it answers: what is spelled in another way is a change in every plan.
		const asked = first.ask(["read", "-format=json", "sys/storage/raft/autopilot/configuration"], token);
		const answers = Object.entries(asked.data ?? {}).map(([name, value]) => [
			name.replaceAll("_", "-"),
			String(value),
		]);
		expect(Object.fromEntries(answers)).toMatchObject(of);
		// The shortest time that the server takes, and one server more than it may lose.
		configure({ "dead-server-last-contact-threshold": "60s", "min-quorum": "4" });

		const others = servers.filter((server) => server !== third);
		third.cutOffFrom(others);
		await waitFor("the third is missed", () => healthy(third) === false, { within, every });
		third.reconnectTo(others);
		await waitFor("it is back", () => healthy(third) === true, { within, every });
		// Of four votes two would be none too many.
		expect(first.voters(token)).toHaveLength(5);
		await Promise.all([fourth.kill(), fifth.kill()]);
		await waitFor("one of them is no member any more", () => members().length < 5, { within, every });
		expect(members().slice(0, 3)).toEqual([0, 1, 2]);
		// The other one is gone for as long, and is a member until fewer are enough.
		await waitFor("the state is looked at once more", () => silent() > 75, { within, every });
		expect(members()).toHaveLength(4);
		configure({ "min-quorum": of["min-quorum"] ?? "" });
		await waitFor("the other leaves, too", () => members().length === 3, { within, every });
		expect(members()).toEqual([0, 1, 2]);

		await third.kill();
		await waitFor(
			"the two that are left take entries",
			() => first.run(["kv", "put", "secret/app", "password=y"], token),
			{
				within,
			},
		);
		expect(members()).toEqual([0, 1, 2]);
	},
	600_000,
);

/** Seconds of a duration as Go writes it: `1m5.2s`, `300ms`. */
function secondsOf(text: string): number {
	const [, minutes = "0", seconds] = /^(?:(\d+)m)?(\d+(?:\.\d+)?)s$/.exec(text) ?? [];
	return seconds === undefined ? 0 : Number(minutes) * 60 + Number(seconds);
}
