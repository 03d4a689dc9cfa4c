import { setTimeout as sleep } from "node:timers/promises";
import type { Challenge } from "../../clients/acme/order-certificate.ts";
import type { ZoneAccess } from "../../clients/cloudflare/ask-zone.ts";
import { createText, deleteRecord, zoneRecords } from "../../clients/cloudflare/zone-records.ts";
import { type Ask, asker } from "../../clients/dns/name-servers.ts";
import { type Duration, hours, inSeconds, minutes, seconds } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";

/** Marks our own records, so that no other's is ever removed. */
const comment = "made by infra certificate renew";

/** Age from which on a record of ours is what an interrupted run has left: no order takes that long. */
const left = hours(1);

/** How long every name server is waited for, and how often it is asked. */
const published = { within: minutes(3), every: seconds(1) } as const;

/** A zone in which domains are proven. */
export interface ProvenZone {
	readonly domain: string;
	readonly access: ZoneAccess;
	/** Addresses of its name servers, with a port where it is not 53. */
	readonly nameServers: readonly string[];
}

/** The records of one order, in the zones of the site. */
export class ChallengeRecords {
	readonly #zones: readonly ProvenZone[];
	readonly #made: { readonly access: ZoneAccess; readonly id: Promise<string> }[] = [];
	readonly #within: Duration;

	/** @param within how long every name server is waited for. @default 3 minutes */
	constructor(zones: readonly ProvenZone[], within = published.within) {
		this.#zones = zones;
		this.#within = within;
	}

	/** Removes what a run that was cut off has left. @returns the names of the records */
	async removeLeft(): Promise<readonly string[]> {
		const found: string[] = [];
		for (const { access } of this.#zones)
			for (const { id, name, type, comment: marked, created_on } of await zoneRecords(access)) {
				const old = created_on !== undefined && Date.parse(created_on) < Date.now() - left;
				if (type !== "TXT" || marked !== comment || !name.startsWith("_acme-challenge.") || !old) continue;
				await deleteRecord(access, id);
				found.push(name);
			}
		return found;
	}

	/** Makes a record, and waits until every name server of its zone answers with it. */
	async publish({ name, text }: Challenge): Promise<void> {
		const zone = this.#zones.find(({ domain }) => name === `_acme-challenge.${domain}`);
		if (zone === undefined) throw new VisibleError(`${name}: the authority asks for a domain of no zone`);
		const id = createText(zone.access, { name, text, comment });
		this.#made.push({ access: zone.access, id });
		await id;
		await Promise.all(zone.nameServers.map((server) => this.#answers(server, name, text)));
	}

	/** Removes what was made. @returns what could not be removed, and why */
	async remove(): Promise<readonly string[]> {
		const results = await Promise.allSettled(
			this.#made.map(async ({ access, id }) => {
				// What could not be made is not removed.
				const made = await id.catch(() => undefined);
				if (made !== undefined) await deleteRecord(access, made);
			}),
		);
		return results.flatMap((result) => (result.status === "rejected" ? [String(result.reason.message)] : []));
	}

	async #answers(server: string, name: string, text: string): Promise<void> {
		const ask: Ask = asker([server]);
		const until = performance.now() + this.#within;
		for (;;) {
			const answers = await ask(name, "TXT").catch((error: Error) => error);
			if (!(answers instanceof Error) && answers.includes(text)) return;
			if (performance.now() > until) {
				const why = answers instanceof Error ? answers.message : "it answers without the record";
				throw new VisibleError(
					`name server ${server} does not have ${name} after ${inSeconds(this.#within)} s: ${why}`,
				);
			}
			await sleep(published.every, undefined, { signal: interruption }).catch(() =>
				interruption.throwIfAborted(),
			);
		}
	}
}
