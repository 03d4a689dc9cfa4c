import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../clients/host/run.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { folderName, type ImageConfig, type ImageRoot, imageCache } from "../image-root.ts";

/** An image that is made of packages of this Debian where its own files are not here. */
export interface Recipe {
	/** Name of the image, without its tag. */
	readonly repository: string;
	readonly packages: readonly string[];
	readonly config: ImageConfig;
}

/** A root that is made of packages. */
export interface PackageRoot {
	/** What tells it from one of other versions. */
	readonly edition: string;
	/** Its first package, with the version. */
	readonly source: string;
	/** Makes it, where it is not in the cache. */
	open(): Promise<ImageRoot>;
}

/** What the shell of an image of Alpine has, in the packages of Debian. */
export const shell = ["busybox", "libc-bin"];
export const Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

const recipes: readonly Recipe[] = [
	{
		repository: "docker.io/library/redis",
		packages: ["redis-server", "redis-tools", "redis-sentinel", ...shell],
		config: { Env, Cmd: ["redis-server"] },
	},
	{
		repository: "docker.io/library/haproxy",
		packages: ["haproxy", ...shell],
		config: { Env, Cmd: ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"] },
	},
];

/** How an image is made of packages, where that is known. */
export function recipeOf(image: string): Recipe | undefined {
	return recipes.find(({ repository }) => image.startsWith(`${repository}:`));
}

/**
 * The root of an image as packages of this Debian make it, once for each of their versions.
 *
 * @throws VisibleError where they are not all installed
 */
export async function packageRoot(
	image: string,
	{ packages, config }: Recipe,
	cache = imageCache,
): Promise<PackageRoot> {
	const format = "$" + "{Package} $" + "{Version}\n";
	const { code, stdout, stderr } = await run("dpkg-query", ["--show", "--showformat", format, ...packages], {
		env: process.env,
	});
	if (code !== 0)
		throw new VisibleError(`${image} is made of packages that are not all here:\n${stderr.trimEnd()}`);
	const [main = ""] = packages;
	const line = stdout.split("\n").find((one) => one.startsWith(`${main} `));
	const edition = createHash("sha256")
		.update(JSON.stringify([stdout, config]))
		.digest("hex")
		.slice(0, 12);
	// Not the name of an image's own files: nobody takes one for the other.
	const folder = join(cache, "packages", `${folderName(image)}_${edition}`);
	return {
		edition,
		source: `Debian's ${line ?? main}`,
		open: async () => {
			if (!existsSync(folder)) await make(image, packages, config, folder);
			return { image, folder: join(folder, "root"), config };
		},
	};
}

/** Renamed into place at the end: a folder of that name is complete. */
async function make(
	image: string,
	packages: readonly string[],
	config: ImageConfig,
	folder: string,
): Promise<void> {
	const part = `${folder}.part-${process.pid}`;
	mkdirSync(part, { recursive: true });
	try {
		const script = fileURLToPath(new URL("./debian-root.sh", import.meta.url));
		const { code, stderr } = await run(script, [join(part, "root"), ...packages], { env: process.env });
		if (code !== 0) throw new VisibleError(`${image} cannot be made:\n${stderr.trimEnd()}`);
		writeFileSync(join(part, "config.json"), JSON.stringify(config));
		// Another run may have made it meanwhile.
		if (!existsSync(folder)) renameSync(part, folder);
	} finally {
		rmSync(part, { recursive: true, force: true });
	}
}
