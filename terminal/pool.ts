/**
 * Runs a task on each item, at most `limit` at a time: the next begins as soon as one ends.
 *
 * @returns the outcome of each, in the order of the items
 */
export function pooled<Item, Result>(
	limit: number,
	items: readonly Item[],
	task: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>>[] {
	const waiting: (() => void)[] = [];
	let free = limit;
	return items.map(async (item) => {
		if (free > 0) free--;
		else await new Promise<void>((begin) => waiting.push(begin));
		const [settled] = await Promise.allSettled([Promise.resolve(item).then(task)]);
		// The slot goes to the next in line, or becomes free.
		const next = waiting.shift();
		if (next === undefined) free++;
		else next();
		return settled;
	});
}
