import { block, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { changeClass } from "../finding-class.ts";

export const fewerVoters = changeClass(
	{
		id: "fewer-voters",
		risk: "caution",
		reason:
			"Servers of Vault that go count for the majority until they are gone for long enough. Fewer failures are tolerated meanwhile; without a majority no entry is read or written.",
		remedy:
			"See that every server that stays is up (vault operator raft autopilot state), and take away no more of them until the others have left (vault operator raft list-peers).",
	},
	function* ({ type, values }) {
		if (type !== "vault_raft_autopilot") return;
		const [before, after] = [settingsOf(values?.before), settingsOf(values?.after)];
		if (!(after.servers < before.servers)) return;
		const spare = after.servers - Math.floor(before.servers / 2) - 1;
		const change = `${after.servers} servers instead of ${before.servers}`;
		if (spare < 0)
			yield {
				risk: "danger",
				message: `${change}: those that stay are no majority of those that vote, and Vault stops for good`,
				remedy:
					"Go in steps: each leaves more than half of those before, and the next one waits for list-peers.",
			};
		else
			yield {
				message: `${change}: the others vote until they were silent for ${after.silence}, and ${spare === 0 ? "none" : spare} of those that stay may fail until then`,
			};
	},
);

function settingsOf(value: unknown): { readonly servers: number; readonly silence: string } {
	const { min_quorum: servers, dead_server_last_contact_threshold: silence } = block(value as Json);
	return { servers: Number(plain(servers) ?? Number.NaN), silence: plain(silence) ?? "a day" };
}
