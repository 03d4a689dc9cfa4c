import { coerce, compare, diff, parse, type SemVer } from "semver";

/** Step from one version to another; `other` when they cannot be compared. */
export type Step = "major" | "minor" | "patch" | "downgrade" | "same" | "other";

/** Compares two versions: `v1.2`, `15.0.0-rc.1`, `7.2.5-alpine`. Before 1.0.0 a minor step may break, and is a major one. */
export function stepOf(before: string, after: string): Step {
	const [one, other] = [versionIn(before), versionIn(after)];
	if (one === undefined || other === undefined) return before === after ? "same" : "other";
	const order = compare(one, other);
	if (order > 0) return "downgrade";
	if (order === 0) return "same";
	const step = diff(one, other)?.replace(/^pre/, "");
	if (step === "minor" && other.major === 0) return "major";
	// From a pre-release to the next one, or to its release.
	return step === "major" || step === "minor" ? step : "patch";
}

/** The version at the start of a tag; what follows a dash is a variant of the image unless it names a pre-release. */
function versionIn(tag: string): SemVer | undefined {
	const [, version, suffix = ""] = /^v?(\d+(?:\.\d+){0,2})(?!\d)(.*)$/.exec(tag) ?? [];
	if (version === undefined) return undefined;
	const base = coerce(version)?.version;
	const pre = /^-((?:alpha|beta|rc|pre)[.\d]*\d)/.exec(suffix)?.[1];
	return parse(pre === undefined ? base : `${base}-${pre.replace(/([a-z])(\d)/, "$1.$2")}`) ?? undefined;
}

/** An image reference. */
export interface ImageName {
	readonly repository: string;
	readonly tag: string;
	readonly digest: string;
}

/** `docker.io/library/redis:7.2@sha256:…` -> its parts; a colon before the last slash separates a port. */
export function imageName(image: string): ImageName {
	const [name = "", digest = ""] = image.split("@");
	const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
	if (colon === -1) return { repository: name, tag: "", digest };
	return { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}
