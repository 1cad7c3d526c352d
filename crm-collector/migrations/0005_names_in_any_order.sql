-- Names are searched for from each of their words on and around, joined or not, and as keyboards
-- without umlauts write them. What customers are found by is made anew from what is known of them
-- (`store::customers::derive_terms`, in the transaction of this step).
DELETE FROM customer_terms;
