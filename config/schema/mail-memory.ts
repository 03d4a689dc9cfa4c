import { formatBytes } from "./primitives.ts";
import type { Problem } from "./problem.ts";
import { MiB } from "./quantity.ts";
import type { Site } from "./site.ts";

/** Memory of the mail pod without a message, page cache included: 292 MiB were measured. */
const idleMemory = 300 * MiB;
/** Of it, what a process of the filter has for itself. */
const idleProcess = 64 * MiB;
/** Memory that the filter uses per byte of a message: 10 for short words, 11 for HTML, measured with Rspamd 3.4. */
const memoryPerMessage = 12;

/** Processes of the filter. Each has messages of the largest size together in work, and puts off what would be more. */
export const filterProcesses = 2;

/**
 * Messages that arrive at the same time. The filter holds each whole, and all may be at the same process. Postfix takes no
 * more from strangers. Of users it may take more: where that is too much for a process of the filter, they get `451`.
 */
export const messagesInTransfer = { strangers: 8, users: 4 } as const;

/**
 * Data that one process of the mail pod may have, in bytes. What is in a message may cost the filter five hundred times
 * its size (parts within parts, fields, Base64 around them), which nobody knows beforehand: a process that wants more ends,
 * and its senders get `451`, instead of all of the pod.
 */
export function processData({ memory }: Site["mail"]): number {
	return idleProcess + Math.floor((memory - idleMemory) / filterProcesses);
}

/** The filter must hold messages of the largest size: a sender who could have it killed would stop everybody's mail. */
export function* messagesFitTheMemory({ mail }: Pick<Site, "mail">): Iterable<Problem> {
	const { memory, messageSizeLimit } = mail;
	const inTransfer = messagesInTransfer.strangers + messagesInTransfer.users;
	const perByte = filterProcesses * (memoryPerMessage + inTransfer);
	const needed = idleMemory + perByte * messageSizeLimit;
	if (needed <= memory) return;
	const fits = Math.floor((memory - idleMemory) / perByte / MiB);
	const either = fits < 1 ? "" : `, or mail.messageSizeLimit of at most ${fits}Mi`;
	yield {
		path: "mail.memory",
		message: `${formatBytes(memory)} are too little for messages of ${formatBytes(messageSizeLimit)}, which mail.messageSizeLimit lets in: ${filterProcesses} are filtered while ${inTransfer} arrive, expected at least ${Math.ceil(needed / MiB)}Mi${either}`,
	};
}
