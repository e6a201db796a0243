/** How much room a text takes on a USSD screen: GSM 03.38, and UCS-2, which halves the room. */

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");

export function places(text) {
  const characters = [...text];
  if (!characters.every((each) => BASIC.has(each) || EXTENDED.has(each))) return text.length * 2;
  return characters.length + characters.filter((each) => EXTENDED.has(each)).length;
}
