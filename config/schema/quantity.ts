/** Bytes of what Kubernetes writes as `1Mi` and `1Gi`. */
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

const factors: Readonly<Record<string, number>> = {
	"": 1,
	k: 1e3,
	M: 1e6,
	G: 1e9,
	T: 1e12,
	Ki: 2 ** 10,
	Mi: MiB,
	Gi: GiB,
	Ti: 2 ** 40,
};
const pattern = /^(\d+(?:\.\d+)?)(|[kMGT]|[KMGT]i)$/;

/** Bytes of a Kubernetes memory quantity such as `256Mi` or `1G`; undefined when it is none. */
export function bytesOf(quantity: string): number | undefined {
	const [, number, suffix] = pattern.exec(quantity) ?? [];
	return number === undefined ? undefined : Number(number) * (factors[suffix ?? ""] ?? 1);
}
