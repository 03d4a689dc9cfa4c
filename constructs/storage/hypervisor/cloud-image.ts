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
 * A disk image of a dated release, downloaded by the hypervisor and refused when its checksum differs. A new release has
 * a new name; the old one is removed when the new one is there.
 */
export class CloudImage extends Construct {
	/** Value for the import of a disk: `datastore:import/file`. */
	readonly fileId: string;
	/** Address in Terraform, as it is written in a list of triggers: without the braces of an expression. */
	readonly address: string;

	constructor(scope: Construct, id: string, { name, image: { url, sha256 } }: CloudImageProps) {
		super(scope, id);
		const { hypervisor, storage } = siteOf(this);
		const release = /\d{8}(-\d+)?/.exec(url)?.[0];
		const file = new DownloadFile(this, "Resource", {
			nodeName: storage.block.proxmox.zone,
			datastoreId: hypervisor.files,
			contentType: "import",
			url,
			// The extension must be that of the format; Ubuntu names its qcow2 images `.img`.
			fileName: `${name}-${release}.qcow2`,
			checksum: sha256,
			checksumAlgorithm: "sha256",
			// Keeps the verified file, whatever the mirror serves later.
			overwrite: false,
			lifecycle: { createBeforeDestroy: true },
		});
		this.fileId = file.id;
		this.address = `${file.terraformResourceType}.${file.friendlyUniqueId}`;
	}
}
