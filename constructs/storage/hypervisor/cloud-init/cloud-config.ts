import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** A file that cloud-init writes before it installs packages. */
export interface WriteFile {
	readonly path: string;
	readonly content: string;
	/** @default 0644 */
	readonly permissions?: string;
}

/** A package source; the key is fetched by its fingerprint from Ubuntu's key server. */
interface AptSource {
	readonly source: string;
	readonly keyid: string;
}

/** The part of cloud-init's configuration that is used here (cloud-init reference, modules). */
export interface CloudConfig {
	readonly ssh_pwauth?: boolean;
	readonly package_update?: boolean;
	readonly package_upgrade?: boolean;
	readonly packages?: readonly string[];
	readonly apt?: { readonly sources: Readonly<Record<string, AptSource>> };
	readonly swap?: { readonly filename: string; readonly size: number; readonly maxsize: number };
	readonly write_files?: readonly WriteFile[];
	/** Programs with their arguments, in order; one that fails does not stop the next. */
	readonly runcmd?: readonly (readonly string[])[];
}

/** Renders the file; its first line marks it as cloud-config. */
export function renderCloudConfig(config: CloudConfig): string {
	return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}

/** Merges two configurations: lists and sources are joined, other keys of the second override the first. */
export function extend(base: CloudConfig, more: CloudConfig): CloudConfig {
	const sources = { ...base.apt?.sources, ...more.apt?.sources };
	return {
		...base,
		...more,
		packages: [...(base.packages ?? []), ...(more.packages ?? [])],
		...(Object.keys(sources).length > 0 ? { apt: { sources } } : {}),
		write_files: [...(base.write_files ?? []), ...(more.write_files ?? [])],
		runcmd: [...(base.runcmd ?? []), ...(more.runcmd ?? [])],
	};
}

/** A file beside this one, to be written to a path of the machine. */
export function fileAt(path: string, name: string): WriteFile {
	return { path, content: readFileSync(join(import.meta.dirname, "files", name), "utf8") };
}

/** Package source of Docker, which has containerd as well. */
export const dockerSource: AptSource = {
	source: "deb [signed-by=$KEY_FILE] https://download.docker.com/linux/ubuntu $RELEASE stable",
	keyid: "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
};
