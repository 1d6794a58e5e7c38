const NOISE = [
  /\bNVIDIA\b/gi,
  /\b(GeForce|Tesla|Quadro)\b/gi,
  /\bGeneration\b/gi,
  // Form factor and memory are said elsewhere: "A100-SXM4-80GB", "H100 80GB HBM3", "A100 80GB PCIe".
  /[- ]?\b(SXM\d?|PCIe|NVL|HBM\d?e?)\b/gi,
  /[- ]?\b\d+ ?GB\b/gi,
];

/** A driver's model name as people say it: "NVIDIA H100 80GB HBM3" is "H100". */
export function shortModel(name: string): string {
  const short = NOISE.reduce((text, noise) => text.replace(noise, " "), name)
    .replace(/\s+/g, " ")
    .trim();
  return short === "" ? name.trim() : short;
}
