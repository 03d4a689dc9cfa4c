import { bytes, formatBytes } from "./primitives.ts";
import type { Problem } from "./problem.ts";
import { MiB } from "./quantity.ts";
import type { Site } from "./site.ts";
import { z } from "./zod.ts";

/** How much a mailbox may hold. */
export const mailQuota = z.strictObject({
	default: bytes.optional().describe("Of every account that is not listed; unlimited without it"),
	accounts: z
		.record(z.string(), z.union([bytes, z.literal("none")]))
		.default({})
		.describe("Of single accounts; `none` is unlimited"),
});

/** Room on the volume for what is in no mailbox: the queue, the state of the daemons, and the log. */
const roomOfTheServer = 512 * MiB;

/** The limit of each mailbox in bytes. Who is not listed has none. */
export function mailboxQuotas({
	mail: { accounts, quota },
}: Pick<Site, "mail">): ReadonlyMap<string, number> {
	const limits = accounts.map((account) => [account, quota?.accounts[account] ?? quota?.default] as const);
	return new Map(limits.flatMap(([account, limit]) => (typeof limit === "number" ? [[account, limit]] : [])));
}

/**
 * The volume has room for the largest message from its first day. Postfix takes no mail at all while there is less than
 * one and a half of it; twice is the message in the queue, and its copy in the mailbox.
 */
export function* messagesFitTheVolume({
	mail: { messageSizeLimit, volume },
}: Pick<Site, "mail">): Iterable<Problem> {
	const needed = roomOfTheServer + 2 * messageSizeLimit;
	if (needed > volume.size)
		yield {
			path: "mail.volume.size",
			message: `${formatBytes(volume.size)} are too little for messages of ${formatBytes(messageSizeLimit)}, which mail.messageSizeLimit lets in: expected at least ${Math.ceil(needed / MiB)}Mi (two of them, and ${formatBytes(roomOfTheServer)} for queue and log)`,
		};
}

/** Quotas are of mailboxes, let the largest message in, and fit the volume together. */
export function* quotasFit({ mail }: Pick<Site, "mail">): Iterable<Problem> {
	const { accounts, quota, messageSizeLimit, volume } = mail;
	if (quota === undefined) return;
	const limits = mailboxQuotas({ mail });
	for (const account of Object.keys(quota.accounts))
		if (!accounts.includes(account))
			yield {
				path: `mail.quota.accounts.${account}`,
				message: `${account} has no mailbox: expected one of mail.accounts`,
				input: account,
				candidates: accounts,
			};
	if (limits.size === 0)
		yield { path: "mail.quota", message: "limits no mailbox: expected a default, or a size of an account" };
	const small = [...limits].filter(([, limit]) => limit < messageSizeLimit);
	const places = small.map(([account]) =>
		quota.accounts[account] === undefined ? "default" : `accounts.${account}`,
	);
	for (const place of new Set(places))
		yield {
			path: `mail.quota.${place}`,
			message: `expected at least ${formatBytes(messageSizeLimit)}, which mail.messageSizeLimit lets in`,
		};
	// Whoever is below the limit gets one more message, whatever its size, and the trash holds two beyond that.
	const needed = [...limits.values()].reduce(
		(sum, limit) => sum + limit + 3 * messageSizeLimit,
		roomOfTheServer,
	);
	if (needed > volume.growTo)
		yield {
			path: "mail.volume.growTo",
			message: `${formatBytes(volume.growTo)} are too little for the quotas of ${limits.size} mailboxes: expected at least ${Math.ceil(needed / MiB)}Mi (each quota and three of the largest messages, and ${formatBytes(roomOfTheServer)} for queue and log), or less in mail.quota`,
		};
}
