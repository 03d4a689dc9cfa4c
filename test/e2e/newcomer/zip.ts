import { crc32 } from "node:zlib";

/** A ZIP archive of one file, stored as it is (PKWARE APPNOTE 4.3). */
export function zip(name: string, content: Buffer): Buffer {
	const both = Buffer.alloc(26);
	both.writeUInt16LE(20, 0);
	both.writeUInt32LE(crc32(content), 10);
	both.writeUInt32LE(content.length, 14);
	both.writeUInt32LE(content.length, 18);
	both.writeUInt16LE(name.length, 22);
	const local = Buffer.concat([Buffer.from("PK\x03\x04"), both, Buffer.from(name), content]);
	const central = Buffer.concat([
		Buffer.from("PK\x01\x02\x14\x00"),
		both,
		Buffer.alloc(14),
		Buffer.from(name),
	]);
	const end = Buffer.alloc(22);
	end.write("PK\x05\x06");
	end.writeUInt16LE(1, 8);
	end.writeUInt16LE(1, 10);
	end.writeUInt32LE(central.length, 12);
	end.writeUInt32LE(local.length, 16);
	return Buffer.concat([local, central, end]);
}
