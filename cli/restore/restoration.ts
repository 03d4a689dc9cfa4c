/** How one thing that is backed up is brought back. */
export interface Restoration {
	/** What is typed to confirm it. */
	readonly name: string;
	/** Where its points are. */
	readonly place: string;
	/** Names of the points, the oldest first. */
	readonly points: () => Promise<readonly string[]>;
	/** What happens to what is there now, a line each. */
	readonly loss: readonly string[];
	/**
	 * Brings a point back, or leaves everything as it is. It can be repeated.
	 *
	 * @returns what is to be done or known afterwards
	 */
	readonly restore: (point: string) => Promise<string>;
}

/** When a point was made: it begins with a time, or is a file with one in its name, or is an ISO week; in UTC. */
export function timeOfPoint(point: string): Date | undefined {
	const [, year, month, day, hour, minute, second] =
		/(\d{4})-?(\d{2})-?(\d{2})[T-](\d{2})(\d{2})(\d{2})/.exec(point) ?? [];
	if (second === undefined) return mondayOf(point);
	return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The day that an ISO week begins with, of a name such as 2026-W03. */
function mondayOf(point: string): Date | undefined {
	const [, year, week] = /^(\d{4})-W(\d{2})$/.exec(point) ?? [];
	if (week === undefined) return undefined;
	// The fourth of January is always in the first week (ISO 8601).
	const fourth = new Date(`${year}-01-04`);
	return new Date(Date.UTC(Number(year), 0, 4 - ((fourth.getUTCDay() + 6) % 7) + (Number(week) - 1) * 7));
}

/** A point and its age, as a person would say it. */
export function describePoint(point: string, now: Date): string {
	const time = timeOfPoint(point);
	if (time === undefined) return point;
	const hours = (now.getTime() - time.getTime()) / 3_600_000;
	if (hours < 0) return `${point}, which is of the future`;
	if (mondayOf(point) !== undefined) return point;
	return hours < 48
		? `${point}, ${Math.round(hours)} hours old`
		: `${point}, ${Math.round(hours / 24)} days old`;
}
