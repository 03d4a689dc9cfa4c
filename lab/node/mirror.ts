import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

/** Folder of the layout of each image, by the name of the image. */
export type Layouts = Readonly<Record<string, string>>;

/**
 * A registry that has these images and no other, each under its own name: it stands for every registry that a container
 * runtime asks, which says in the query which one it means (OCI distribution specification, as containerd mirrors it).
 */
export function mirror(layouts: Layouts): Server {
	return createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://mirror");
		const [, name, kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([\w.:-]+)$/.exec(pathname) ?? [];
		if (name === undefined) {
			response.writeHead(pathname === "/v2/" ? 200 : 404).end();
			return;
		}
		const repository = `${searchParams.get("ns") ?? "docker.io"}/${name}`;
		const found = blobOf(layouts, repository, reference);
		if (found === undefined) {
			response.writeHead(404).end();
			return;
		}
		const { file, digest } = found;
		response.writeHead(200, {
			"content-type": kind === "manifests" ? mediaTypeOf(file) : "application/octet-stream",
			"content-length": statSync(file).size,
			"docker-content-digest": digest,
		});
		if (request.method === "HEAD") response.end();
		else createReadStream(file).pipe(response);
	});
}

/** The blob that a repository has under a tag or a digest. */
function blobOf(
	layouts: Layouts,
	repository: string,
	reference: string,
): { readonly file: string; readonly digest: string } | undefined {
	const byDigest = reference.startsWith("sha256:");
	for (const [image, folder] of Object.entries(layouts)) {
		if (byDigest ? !image.startsWith(`${repository}:`) : image !== `${repository}:${reference}`) continue;
		const digest = byDigest ? reference : manifestOf(folder);
		const file = join(folder, "blobs", digest.replace(":", "/"));
		if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { file, digest };
	}
	return undefined;
}

function manifestOf(folder: string): string {
	const { manifests } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
	return manifests[0].digest;
}

const mediaTypeOf = (file: string): string => JSON.parse(readFileSync(file, "utf8")).mediaType;
