-- Customers are searched for without regard to case, accents, quotes and normal forms, and by any
-- part of a phone number's beginning or end. What they are found by is made anew from what is known
-- of them (`store::customers::derive_terms`, in the transaction of this step). The fields now are:
--   1  the name from each of its words on: words alone, a blank between them
--   2  the email address, without case
--   3  the phone number in digits, in each reading of how it may be dialled
--   4  the same digits back to front
DELETE FROM customer_terms;
