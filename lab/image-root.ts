import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { programCache } from "../clients/host/program-cache.ts";
import { findProgram } from "./find-program.ts";

/** What an image says of its containers (OCI image specification, `config`), as container engines print it. */
export interface ImageConfig {
	readonly Entrypoint?: readonly string[] | null;
	readonly Cmd?: readonly string[] | null;
	readonly Env?: readonly string[] | null;
	readonly User?: string;
	readonly WorkingDir?: string;
}

/** The files of an image, unpacked. */
export interface ImageRoot {
	readonly image: string;
	/** Folder that is the root of its containers. Nobody writes there: layers go on top. */
	readonly folder: string;
	readonly config: ImageConfig;
}

/** Folder of unpacked images, each a folder of its own with `root/` and `config.json`. */
export const imageCache = join(dirname(programCache), "images");

/** Programs that pull images, in the order in which they are asked. */
const engines = ["docker", "podman"] as const;
/** An image of some hundred megabytes on a slow line. */
const pullTimeout = 600_000;
const run = promisify(execFile);

/** Name of an image as that of a folder, such as `docker.io_library_redis_7.2.11-alpine`. */
export function folderName(image: string): string {
	return image.replaceAll(/[^A-Za-z0-9.-]+/g, "_");
}

/** The root that lies in the cache: under the name of the image, with or without the digest that an engine has added. */
export function unpackedRoot(image: string, cache = imageCache): ImageRoot | undefined {
	const name = folderName(image);
	const found = [name, ...globSync(`${name}_sha256_*`, { cwd: cache })]
		.map((folder) => join(cache, folder))
		.find((folder) => existsSync(join(folder, "config.json")) && existsSync(join(folder, "root")));
	if (found === undefined) return undefined;
	const config: ImageConfig = JSON.parse(readFileSync(join(found, "config.json"), "utf8"));
	return { image, folder: join(found, "root"), config };
}

/**
 * The root of an image: from a container engine that has the image or pulls it, else from the cache.
 *
 * What an engine gives is unpacked into the cache once for each digest.
 *
 * @returns undefined where there is neither
 */
export async function imageRoot(image: string, cache = imageCache): Promise<ImageRoot | undefined> {
	for (const engine of engines) {
		const program = findProgram(engine);
		if (program === undefined) continue;
		try {
			return await unpack(program, image, cache);
		} catch {
			// No daemon, no network, or no such image there: the next one may have it.
		}
	}
	return unpackedRoot(image, cache);
}

/** Whether the root of an image can be had without a download. */
export async function imageFound(image: string): Promise<boolean> {
	const held = engines.map(async (engine) => {
		const program = findProgram(engine);
		if (program === undefined) return false;
		return await run(program, ["image", "inspect", image], { timeout: 30_000 }).then(
			() => true,
			() => false,
		);
	});
	return unpackedRoot(image) !== undefined || (await Promise.all(held)).includes(true);
}

async function unpack(engine: string, image: string, cache: string): Promise<ImageRoot> {
	const inspect = () =>
		run(engine, ["image", "inspect", "--format", "{{json .}}", image], { timeout: 30_000 });
	const { stdout } = await inspect().catch(async () => {
		await run(engine, ["pull", "--quiet", image], { timeout: pullTimeout });
		return await inspect();
	});
	const { Config: config, Id: id } = JSON.parse(stdout) as { Config: ImageConfig; Id: string };
	const digest = `sha256_${id.replace(/^sha256:/, "")}`;
	const folder = join(cache, `${folderName(image)}_${digest}`);
	if (!existsSync(folder)) await exportRoot(engine, image, config, folder);
	return { image, folder: join(folder, "root"), config };
}

/** Renamed into place at the end: a folder of that name is complete. */
async function exportRoot(engine: string, image: string, config: ImageConfig, folder: string): Promise<void> {
	const part = `${folder}.part-${process.pid}`;
	const archive = `${part}.tar`;
	mkdirSync(join(part, "root"), { recursive: true });
	const { stdout } = await run(engine, ["create", image, "none"]);
	const container = stdout.trim();
	try {
		await run(engine, ["export", "--output", archive, container], { timeout: pullTimeout });
		await run("tar", ["--extract", "--numeric-owner", "--file", archive, "--directory", join(part, "root")], {
			timeout: pullTimeout,
		});
		writeFileSync(join(part, "config.json"), JSON.stringify(config));
		renameSync(part, folder);
	} finally {
		await run(engine, ["rm", container]);
		rmSync(archive, { force: true });
		rmSync(part, { recursive: true, force: true });
	}
}

/** How to get the root of an image, in words for the reader. */
export function waysToRoot(image: string): string {
	return `docker or podman that has or pulls it, or an unpacked root in ${join(imageCache, folderName(image))}: folder root, and config.json with its Entrypoint, Cmd, Env and User`;
}
