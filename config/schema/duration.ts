/** Milliseconds per unit of a written duration. */
const millisecondsPer = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

declare const unit: unique symbol;

/** A length of time in milliseconds. A plain number is none, since it does not say whether it counts seconds. */
export type Duration = number & { readonly [unit]: "duration" };

export const milliseconds = (count: number) => count as Duration;
export const seconds = (count: number) => milliseconds(count * millisecondsPer.s);
export const minutes = (count: number) => milliseconds(count * millisecondsPer.m);
export const hours = (count: number) => milliseconds(count * millisecondsPer.h);
export const days = (count: number) => milliseconds(count * millisecondsPer.d);

export const sum = (...durations: readonly Duration[]) =>
	milliseconds(durations.reduce((total, duration) => total + duration, 0));
export const times = (count: number, duration: Duration) => milliseconds(count * duration);

/** For programs that count seconds. */
export const inSeconds = (duration: Duration) => duration / millisecondsPer.s;
export const inDays = (duration: Duration) => duration / millisecondsPer.d;

/** A whole number and a unit: `500ms`, `5s`, `28d`. */
export function parseDuration(text: string): Duration {
	const name = /[a-z]+$/.exec(text)?.[0] as keyof typeof millisecondsPer;
	return milliseconds(Number.parseInt(text, 10) * millisecondsPer[name]);
}

/** In the largest unit that divides it: `1h`, `30s`, `500ms`. */
export function formatDuration(duration: Duration): string {
	for (const [name, size] of Object.entries(millisecondsPer).reverse()) {
		if (duration >= size && duration % size === 0) return `${duration / size}${name}`;
	}
	return `${duration}ms`;
}
