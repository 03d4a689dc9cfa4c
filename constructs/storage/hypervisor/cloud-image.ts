import { DownloadFile } from "@cdktf/provider-proxmox/lib/download-file/index.js";
import { Construct } from "constructs";
import type { Site } from "../../../config/schema/site.ts";
import { siteOf } from "../../site.ts";

export interface CloudImageProps {
	/** Name of the image in the site. */
	readonly name: string;
	readonly image: Site["hypervisor"]["images"][string];
}

/**
 * A disk image of one dated release, fetched by the hypervisor itself and refused when its checksum differs. A new
 * release has a new name and comes beside the old one.
 */
export class CloudImage extends Construct {
	/** What a disk imports: `datastore:import/file`. */
	readonly fileId: string;

	constructor(scope: Construct, id: string, { name, image: { url, sha256 } }: CloudImageProps) {
		super(scope, id);
		const { hypervisor, storage } = siteOf(this);
		const release = /\d{8}(-\d+)?/.exec(url)?.[0];
		const file = new DownloadFile(this, "Resource", {
			nodeName: storage.block.proxmox.zone,
			datastoreId: hypervisor.files,
			contentType: "import",
			url,
			// An import must be named after its format; Ubuntu calls its qcow2 images `img`.
			fileName: `${name}-${release}.qcow2`,
			checksum: sha256,
			checksumAlgorithm: "sha256",
			// What was checked stays, whatever the mirror serves later.
			overwrite: false,
		});
		this.fileId = file.id;
	}
}
