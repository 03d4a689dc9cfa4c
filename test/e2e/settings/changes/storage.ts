import type { Changes } from "../change.ts";

export const storage: Changes = {
	"storage.defaultClass": { to: "nfs-proxmox", effect: "in place" },
	"storage.nfs.server": { to: "nas", effect: "refused" },
	"storage.nfs.root": { to: "/srv/media", effect: "step" },
	"storage.nfs.className": { to: "nfs-truenas-new", effect: "held" },
	"storage.nfs.dynamicClass": { to: "nfs-proxmox-new", effect: "replaces" },
	"storage.nfs.mountOptions": { to: ["nfsvers=4", "soft", "timeo=30", "retrans=3"], effect: "replaces" },
	"storage.nfs.healthPorts.controller": { to: 29654, effect: "in place" },
	"storage.nfs.healthPorts.node": { to: 29654, effect: "in place" },
	"storage.nfs.ssh.user": { to: "operator", effect: "read" },
	"storage.nfs.ssh.port": { to: 2222, effect: "read" },
	"storage.nfs.ssh.hostKey": {
		to: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
		effect: "read",
	},
	"storage.exports.1.path": { to: "/srv/films", effect: "outside" },
	"storage.exports.0.disk": { to: "/srv", effect: "outside" },
	"storage.exports.0.clients": { to: ["nodes", "nas"], effect: "outside" },
	"storage.exports.1.access": { to: "rw", effect: "outside" },
	"storage.exports.0.sync": { to: "async", effect: "outside" },
	"storage.exports.1.squash": { to: "all_squash", effect: "outside" },
	"storage.exports.0.secure": { to: false, effect: "outside" },
	"storage.exports.0.subtreeCheck": { to: true, effect: "outside" },
	"storage.exports.1.fsid": { to: 8, effect: "outside" },
	"storage.snapshotClass": { to: "proxmox-new", effect: "in place" },
};
