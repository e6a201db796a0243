/** Why a payment was not made, in words: each provider has codes of its own for it. */

const REJECTED = "You rejected it. Nothing was paid.";
const NO_MONEY = "There is not enough money in the wallet. Nothing was paid.";
const TOO_LATE = "The request waited too long and is gone. Nothing was paid.";
const FAILURES = {
  // MTN, and Airtel
  APPROVAL_REJECTED: REJECTED,
  NOT_ENOUGH_FUNDS: NO_MONEY,
  COULD_NOT_PERFORM_TRANSACTION: TOO_LATE,
  // pawaPay
  PAYMENT_NOT_APPROVED: "It was not approved. Nothing was paid.",
  INSUFFICIENT_BALANCE: NO_MONEY,
  // M-Pesa; the last are for what is paid from its menu
  1: NO_MONEY,
  1032: REJECTED,
  1037: TOO_LATE,
  C2B00012: "Failed. The account number is wrong. Nothing was paid.",
  C2B00013: "Failed. This amount is not taken. Nothing was paid.",
  C2B00015: "Failed. There is no such business number. Nothing was paid.",
};

export const failure = (reason) => FAILURES[reason] ?? "The payment is off. Nothing was paid.";
