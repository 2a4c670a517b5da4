/**
 * Packs the npm package as npm does: every file under `package/`, in the format ustar, compressed.
 * What it holds depends on the files alone, so the same ones give the same tarball.
 *
 * @module
 */

/** The size of a header, and of what the bytes of a file are padded to. */
const BLOCK = 512;
/** The time that npm gives every file: 1985-10-26, in seconds. */
const MODIFIED = 499_162_500;

/** Packs a folder. Files that name their interpreter may be run. */
export async function packFolder(folder: URL, tarball: string): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const path of (await filesOf(folder)).sort()) {
    const bytes = await Deno.readFile(new URL(encodeURI(path), folder));
    const isExecutable = bytes[0] === "#".charCodeAt(0) && bytes[1] === "!".charCodeAt(0);
    const padding = new Uint8Array(-bytes.length & (BLOCK - 1));
    parts.push(header(`package/${path}`, bytes.length, isExecutable), bytes, padding);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const packed = new Blob(parts).stream().pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(tarball, packed);
}

async function filesOf(folder: URL, path = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(encodeURI(path), folder))) {
    if (isDirectory) files.push(...await filesOf(folder, `${path}${name}/`));
    else files.push(path + name);
  }
  return files;
}

/** @see {@link https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html} */
function header(path: string, size: number, isExecutable: boolean): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(path);
  if (name.length > 100) throw new Error(`No tarball holds so long a path: ${path}`);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0") + "\0";
  const bytes = new Uint8Array(BLOCK);
  const write = (offset: number, text: string) => {
    new TextEncoder().encodeInto(text, bytes.subarray(offset));
  };
  bytes.set(name);
  write(100, octal(isExecutable ? 0o755 : 0o644, 8));
  write(108, octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(MODIFIED, 12));
  // The checksum counts itself as spaces.
  write(148, " ".repeat(8));
  write(156, "0");
  write(257, "ustar\x0000");
  write(148, octal(bytes.reduce((sum, byte) => sum + byte, 0), 7) + " ");
  return bytes;
}
