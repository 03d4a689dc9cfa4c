import type { MxRecord, SrvRecord } from "node:dns";
import { Resolver } from "node:dns/promises";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** Milliseconds for one question, and how often it is asked. */
const patience = { timeout: 2000, tries: 2 } as const;

/** What a name server says to one question: each record as text; empty where there is none. */
export type Ask = (name: string, type: string) => Promise<readonly string[]>;

/**
 * The name servers of a zone, by address, as the system's resolver finds them.
 *
 * @throws VisibleError when it finds none
 */
export async function nameServersOf(zone: string): Promise<readonly string[]> {
	const resolver = new Resolver(patience);
	const found: string[] = [];
	const names = await resolver.resolveNs(zone).catch((error: Error) => {
		throw new VisibleError(`the name servers of ${zone} are not found: ${codeOf(error)}`);
	});
	for (const name of names)
		found.push(
			...(await resolver.resolve4(name).catch(() => [])),
			...(await resolver.resolve6(name).catch(() => [])),
		);
	if (found.length === 0)
		throw new VisibleError(`none of the name servers of ${zone} has an address: ${names.join(", ")}`);
	return found;
}

/**
 * How name servers are asked.
 *
 * @param servers addresses, with a port where it is not 53
 * @throws VisibleError, of each question, when none of them answers it
 */
export function asker(servers: readonly string[]): Ask {
	const resolver = new Resolver(patience);
	resolver.setServers(servers.map((server) => (/^[^[]*:.*:/.test(server) ? `[${server}]` : server)));
	return async (name, type) => {
		try {
			return await resolved(resolver, name, type);
		} catch (error) {
			// The name has no such record, or there is no such name.
			if (["ENODATA", "ENOTFOUND"].includes(codeOf(error))) return [];
			throw new VisibleError(`${type} ${name}: the name servers do not answer: ${codeOf(error)}`);
		}
	};
}

async function resolved(resolver: Resolver, name: string, type: string): Promise<readonly string[]> {
	switch (type) {
		case "A":
			return await resolver.resolve4(name);
		case "AAAA":
			return await resolver.resolve6(name);
		case "CNAME":
			return (await resolver.resolveCname(name)).map(lowerCase);
		case "MX":
			return (await resolver.resolveMx(name)).map(
				({ priority, exchange }: MxRecord) => `${priority} ${lowerCase(exchange)}`,
			);
		case "SRV":
			return (await resolver.resolveSrv(name)).map(
				({ priority, weight, port, name: target }: SrvRecord) =>
					`${priority} ${weight} ${port} ${lowerCase(target) || "."}`,
			);
		case "TXT":
			return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
		default:
			throw new VisibleError(`${type} ${name}: records of this type are not asked for here`);
	}
}

const lowerCase = (name: string) => name.toLowerCase();

function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? String(error);
}
