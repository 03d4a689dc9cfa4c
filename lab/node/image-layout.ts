import { createHash } from "node:crypto";
import {
	createReadStream,
	existsSync,
	mkdirSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "../../clients/host/run.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { folderName, type ImageConfig, type ImageRoot } from "../image-root.ts";

/** Media types of the OCI image specification. */
const types = {
	index: "application/vnd.oci.image.index.v1+json",
	manifest: "application/vnd.oci.image.manifest.v1+json",
	config: "application/vnd.oci.image.config.v1+json",
	layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** A blob by its digest, as manifests refer to it. */
interface Descriptor {
	readonly mediaType: string;
	readonly digest: string;
	readonly size: number;
}

/** Names of architectures in images, where they differ from those of Node.js. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64" };

/**
 * Folder of an image as the OCI image layout has it, with one layer: the whole root. Made once; a folder of that name
 * is complete.
 *
 * @param folder where layouts lie
 * @param edition what tells this root from an earlier one of the same image
 * @param open makes the root, where there is no layout yet
 */
export async function imageLayout(
	folder: string,
	image: string,
	edition: string,
	open: () => Promise<ImageRoot>,
): Promise<string> {
	const layout = join(folder, `${folderName(image)}_${edition}`);
	if (existsSync(layout)) return layout;
	const root = await open();
	const part = `${layout}.part-${process.pid}`;
	const blobs = join(part, "blobs/sha256");
	mkdirSync(blobs, { recursive: true });
	try {
		const layer = await layerOf(root.folder, blobs);
		const write = (mediaType: string, value: object): Descriptor => {
			const bytes = Buffer.from(JSON.stringify(value));
			const hash = createHash("sha256").update(bytes).digest("hex");
			writeFileSync(join(blobs, hash), bytes);
			return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
		};
		const config = write(types.config, configOf(root.config, layer.digest));
		const manifest = write(types.manifest, {
			schemaVersion: 2,
			mediaType: types.manifest,
			config,
			layers: [layer],
		});
		writeFileSync(join(part, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
		writeFileSync(
			join(part, "index.json"),
			JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [manifest] }),
		);
		renameSync(part, layout);
	} finally {
		rmSync(part, { recursive: true, force: true });
	}
	return layout;
}

function configOf({ Entrypoint, Cmd, Env, User, WorkingDir }: ImageConfig, layer: string): object {
	return {
		architecture: architectures[process.arch] ?? process.arch,
		os: "linux",
		config: { Entrypoint, Cmd, Env, User, WorkingDir },
		rootfs: { type: "layers", diff_ids: [layer] },
	};
}

/** Packs a root, as it is, into a blob. */
async function layerOf(root: string, blobs: string): Promise<Descriptor> {
	const part = join(blobs, "layer.part");
	const { code, stderr } = await run(
		"tar",
		["--create", "--numeric-owner", "--xattrs", "--file", part, "--directory", root, "."],
		{ env: process.env },
	);
	if (code !== 0) throw new VisibleError(`${root} cannot be packed:\n${stderr.trimEnd()}`);
	const hash = createHash("sha256");
	for await (const chunk of createReadStream(part)) hash.update(chunk);
	const digest = hash.digest("hex");
	renameSync(part, join(blobs, digest));
	return {
		mediaType: types.layer,
		digest: `sha256:${digest}`,
		size: statSync(join(blobs, digest)).size,
	};
}
