import { gte, major, minor, parse } from "semver";

/** A product with security fixes: older versions have known vulnerabilities. */
export interface Product {
	readonly name: string;
	/** Paths of its images, without the registry. */
	readonly images: readonly string[];
	/** Name of the command on machines of users. @default none */
	readonly command?: string;
	/** Suffix of release tags after the version. */
	readonly variant: RegExp;
	/**
	 * First fixed version of each release line, oldest first. A line that is not listed is fixed if it is newer than
	 * the last one here, and not otherwise.
	 */
	readonly goodSince: readonly string[];
	/** Advisories on the older versions. */
	readonly advisories: string;
}

/** From the advisories of each project. Raise `goodSince` when a new one applies to this platform. */
export const products: readonly Product[] = [
	{
		name: "Vault",
		images: ["hashicorp/vault", "hashicorp/vault-enterprise", "library/vault"],
		command: "vault",
		variant: /^(-ent|-ubi)*$/,
		goodSince: ["1.19.16", "1.20.10", "1.21.5", "2.0.0"],
		advisories:
			"CVE-2026-3605: who holds a policy with a glob deletes secrets of others; CVE-2025-6203, CVE-2025-12044, CVE-2026-5807: a stranger stops the server",
	},
	{
		name: "Woodpecker server",
		images: ["woodpeckerci/woodpecker-server"],
		variant: /^(-alpine)?$/,
		goodSince: ["3.17.0"],
		advisories:
			"CVE-2026-61549: a step takes any service account (3.16); agents take the place of others (3.14 to 3.16); before 3.17 the labels of pods tell neither event nor branch",
	},
	{
		name: "Woodpecker agent",
		images: ["woodpeckerci/woodpecker-agent"],
		variant: /^(-alpine)?$/,
		goodSince: ["3.17.0"],
		advisories:
			"CVE-2026-61549: a step takes any service account (3.16); before 3.17 it also chooses its node, and the labels of its pod tell neither event nor branch",
	},
	{
		name: "Roundcube",
		images: ["roundcube/roundcubemail"],
		variant: /^-(apache|fpm|fpm-alpine)(-nonroot)?$/,
		goodSince: ["1.6.19", "1.7.4"],
		advisories:
			"CVE-2026-54432, CVE-2026-54433, CVE-2026-48842 to 48848, and the fixes of September 2026: a mail runs script as its reader, strangers write and delete files",
	},
	{
		name: "HAProxy",
		images: ["library/haproxy", "haproxytech/haproxy-alpine", "haproxytech/haproxy-debian"],
		variant: /^(-(alpine|bookworm|trixie)[\d.]*)?$/,
		goodSince: ["2.8.16", "3.0.16", "3.2.12", "3.3.3"],
		advisories:
			"CVE-2025-11230, CVE-2026-26080, CVE-2026-26081: a request stops the process; 3.1 is not maintained any more",
	},
];

/** Path and tag of an image, without the registry. */
const reference =
	/^(?:(?:[^/]*[.:][^/]*|localhost)\/)?([^:@/][^:@]*)(?::([\w][\w.-]*))?(?:@sha256:[0-9a-f]+)?$/;

/** Problem of an image; undefined when its version is fixed, or it is not of a listed product. */
export function imageProblem(image: string): string | undefined {
	const [, path, tag] = reference.exec(image) ?? [];
	if (path === undefined) return undefined;
	// An image without a path is from `library/`, and a mirror puts a prefix in front of the path.
	const full = `/${path.includes("/") ? path : `library/${path}`}`;
	const product = products.find(({ images }) => images.some((name) => full.endsWith(`/${name}`)));
	if (product === undefined) return undefined;
	if (tag === undefined)
		return `says no version of ${product.name}: write the tag, beside the digest if there is one`;
	return versionProblem(product, tag);
}

/** Problem of a version of a command; undefined when it is fixed, or the command is not of a listed product. */
export function commandProblem(command: string, version: string): string | undefined {
	const product = products.find((one) => one.command === command);
	return product === undefined ? undefined : versionProblem(product, version);
}

function versionProblem({ name, variant, goodSince, advisories }: Product, tag: string): string | undefined {
	const [, numbers, rest = ""] = /^v?(\d+\.\d+\.\d+)(.*)$/.exec(tag) ?? [];
	const version = variant.test(rest) ? parse(numbers) : null;
	if (version === null) return `${tag} is no release of ${name}: expected one such as ${goodSince.at(-1)}`;
	const line = goodSince.find((first) => major(first) === version.major && minor(first) === version.minor);
	if (gte(version, line ?? goodSince.at(-1) ?? version)) return undefined;
	return `${name} ${version} is not good: expected ${line ?? goodSince.join(", ")} or newer (${advisories})`;
}
