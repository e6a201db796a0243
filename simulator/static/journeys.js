/** What there is to try, in words: each step with the mark of what has to happen for it to be done. */

/** Somebody who is in no group yet joins `group`, of which `chair` is the chairperson. */
export function journeysOf(person, service, group, chair) {
  if (person.groups.length) {
    const saving = [dialling(person, service), tapping(person), changing(person, service)];
    if (person.paybill) saving.push(unasked(person, service));
    return person.role === "chairperson" ? [...saving, deciding(person, service)] : saving;
  }
  return [person.role === "applicant" ? waiting(person, service, chair) : joining(service, group, chair)];
}

function dialling({ pin, momo_pin: momoPin, groups }, service) {
  const which = groups.length > 1 ? " 1 again for the group," : "";
  return {
    name: "By dialling",
    steps: [
      [`Dial ${service}: the button does it, or the keys.`, "dialled"],
      ["Type 1 and Send: put money in.", "answered"],
      [`Type${which} 1 for the amount that is due, then the PIN ${pin}.`, "ended"],
      [`In five seconds the phone asks. Approve with ${momoPin}.`, "paid"],
      ["Watch the books move. A receipt comes.", "entry"],
    ],
  };
}

function tapping({ pin, momo_pin: momoPin, groups }) {
  const which = groups.length > 1 ? "the group, " : "";
  return {
    name: "On WhatsApp",
    steps: [
      ["Write “hi” in WhatsApp.", "whatsapp.sent"],
      [`Open the list and tap Contribute, then ${which}the amount.`, "whatsapp.tapped"],
      [`Write the PIN ${pin}.`, "whatsapp.sent"],
      [`The first phone asks, as before. Approve with ${momoPin}.`, "paid"],
      ["The same books move.", "entry"],
    ],
  };
}

function changing({ pin, momo_pin: momoPin }, service) {
  return {
    name: "Across all three",
    steps: [
      [`Dial ${service} and type 1.`, "dialled"],
      ["Drop the call in the middle: the red key.", "dropped"],
      ["In Telegram press Start, and share the number.", "telegram.contact"],
      [`Tap Menu, Continue; an amount, then the PIN ${pin}.`, "telegram.sent"],
      [`Approve with ${momoPin}. The receipt comes where you wrote.`, "entry"],
    ],
  };
}

function unasked({ momo_pin: momoPin, groups }, service) {
  const which = groups.length > 1 ? ", choose the group" : "";
  return {
    name: "From M-PESA",
    steps: [
      [`Dial ${service}.`, "dialled"],
      [`Type “account”${which}: it shows the account to pay to. Close it with OK.`, "ended"],
      [`Open M-PESA: Pay Bill. Type the account, an amount and the PIN ${momoPin}.`, "unasked"],
      ["Watch the books move. A receipt comes.", "entry"],
      ["Again, with a slip in the account: the group’s treasurer hears of it.", "unasked"],
    ],
  };
}

function deciding({ pin }, service) {
  return {
    name: "Decide",
    steps: [
      [`Dial ${service}: a member waits for your vote.`, "dialled"],
      ["Type “decide” and Send. Choose what waits, and agree.", "answered"],
      [`Type the PIN ${pin}: it is decided. A loan goes to the borrower’s phone at once.`, "ended"],
    ],
  };
}

function waiting({ name, pin }, service, chair) {
  return {
    name: "Wait to be let in",
    steps: [
      [`Dial ${service}: ${name} waits to be let in. PIN ${pin}.`, "dialled"],
      ["End the call with the red key.", "dropped"],
      [asks(chair), ""],
      ["Come back to this phone: an SMS says welcome.", "sms"],
    ],
  };
}

function joining(service, group, chair) {
  return {
    name: "Join a group",
    steps: [
      [`Dial ${service}: the service does not know this number yet.`, "dialled"],
      ["Choose a language, type a name.", "answered"],
      ["Choose a PIN of four digits, twice.", ""],
      [`Type the group’s code ${group?.code ?? ""}: ${group?.name ?? "a group"} is asked.`, "ended"],
      [asks(chair), "sms"],
    ],
  };
}

const asks = (chair) =>
  chair
    ? `Change to ${chair.name}’s phone, dial, “Lead the group”, “Approve members”, PIN ${chair.pin}.`
    : "Change to an officer’s phone, dial, “Lead the group”, “Approve members”.";
